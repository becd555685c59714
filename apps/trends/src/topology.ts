import { interaction, itemTrend, type Interaction, type ItemTrend } from '@mesh/contracts';
import {
  integerSerde,
  StreamsBuilder,
  stringSerde,
  TimeWindows,
  type Serde,
  type Topology,
  type Windowed,
} from '@mesh/streams';
import { itemSerde, type Item } from './item.js';

export interface Parts {
  readonly value: Serde<Interaction>;
  readonly trend: Serde<ItemTrend>;
  /** Milliseconds. */
  readonly windowMs: number;
  /** How long after its end a window still takes late plays. Milliseconds. */
  readonly graceMs: number;
  /** How long a play's event id is remembered, so that a repetition of it does not count. Milliseconds. */
  readonly rememberMs: number;
}

/** interactions → plays of each item in each window, by the time they occurred → trends. */
export function topology({ value, trend, windowMs, graceMs, rememberMs }: Parts): Topology {
  const builder = new StreamsBuilder();
  builder
    .stream(interaction.topic, { key: stringSerde, value, timestampExtractor: (event) => event.occurredAt })
    .filter((_user, event) => event.eventType === 'PLAY', { name: 'plays' })
    // Before the key changes: a producer repeats a record in the partition that it was in.
    .distinct({
      name: 'distinct-plays',
      store: 'play-ids',
      by: (_user, event) => event.eventId,
      id: stringSerde,
      windowMs: rememberMs,
    })
    .map((_user, event) => playOf(event), { name: 'play-of-item' })
    .groupByKey({ name: 'plays-by-item', key: itemSerde, value: integerSerde })
    .windowedBy(TimeWindows.of({ sizeMs: windowMs, graceMs }))
    .count({ store: 'plays-per-item', changes: 'newest-window' })
    .toStream()
    .map((window, plays) => [window.key.itemId, toTrend(window, plays)] as const, { name: 'to-trend' })
    .to(itemTrend.topic, { key: stringSerde, value: trend });
  return builder.build();
}

function playOf({ itemType, itemId }: Interaction): readonly [Item, number] {
  return [{ itemType, itemId }, 1];
}

function toTrend({ key, start, end }: Windowed<Item>, plays: number): ItemTrend {
  return { ...key, windowStart: start, windowEnd: end, plays };
}
