import { interaction, type Interaction } from '@mesh/contracts';
import { StreamsBuilder, stringSerde, type Serde, type Sink, type Topology } from '@mesh/streams';

export interface Parts {
  readonly value: Serde<Interaction>;
  readonly sink: Sink<string, Interaction>;
}

/** Records under way for each task: two full batches, so that those of all tasks are written within the seconds of a stop. */
const MAX_OUTSTANDING = 1_000;

/** interactions → Firehose, which brings them to OpenSearch and S3. The sink makes the documents (`document.ts`). */
export function topology({ value, sink }: Parts): Topology {
  const builder = new StreamsBuilder();
  builder
    .stream(interaction.topic, { key: stringSerde, value })
    .sink(sink, { name: 'firehose', maxOutstanding: MAX_OUTSTANDING });
  return builder.build();
}
