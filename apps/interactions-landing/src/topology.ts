import { interaction, type Interaction } from '@mesh/contracts';
import { StreamsBuilder, stringSerde, type Serde, type Sink, type Topology } from '@mesh/streams';

export interface Parts {
  readonly value: Serde<Interaction>;
  readonly sink: Sink<string, Interaction>;
}

/** More than any batch may hold: a task that is full could never complete the batch it waits for. */
const MAX_OUTSTANDING = 100_000;

/** interactions → S3, raw. The sink makes the lines (`line.ts`) and the objects. */
export function topology({ value, sink }: Parts): Topology {
  const builder = new StreamsBuilder();
  builder
    .stream(interaction.topic, { key: stringSerde, value })
    .sink(sink, { name: 's3-landing', maxOutstanding: MAX_OUTSTANDING });
  return builder.build();
}
