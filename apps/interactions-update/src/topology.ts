import { interaction, type Interaction } from '@mesh/contracts';
import type { PersonalizeEvent } from '@mesh/sinks';
import { StreamsBuilder, stringSerde, type Serde, type Sink, type Topology } from '@mesh/streams';
import { toPersonalizeEvent } from './event.js';

export interface Parts {
  readonly value: Serde<Interaction>;
  readonly sink: Sink<string, PersonalizeEvent>;
}

/**
 * Events under way for each task. Enough to fill the batches of many sessions under back-pressure, and few enough to
 * be written, at the rate of PutEvents, within the seconds that a stop gives.
 */
const MAX_OUTSTANDING = 2_000;

/** interactions → Personalize's event tracker. */
export function topology({ value, sink }: Parts): Topology {
  const builder = new StreamsBuilder();
  builder
    .stream(interaction.topic, { key: stringSerde, value })
    .mapValues((event) => toPersonalizeEvent(event), { name: 'to-personalize-event' })
    .sink(sink, { name: 'personalize-events', maxOutstanding: MAX_OUTSTANDING });
  return builder.build();
}
