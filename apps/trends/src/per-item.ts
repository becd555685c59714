import { itemTrend, type Interaction, type ItemTrend } from '@mesh/contracts';
import { jsonSerde, stringSerde, TimeWindows, type KStream, type KTable, type Windowed } from '@mesh/streams';
import { itemSerde, type Item } from './domain/item.js';
import type { Listener } from './domain/listener.js';
import { isStartOrSkip, listeningOf, type Listening, type StartOrSkip } from './domain/listening.js';
import { addToSkips, noSkips, type Skips } from './domain/skips.js';
import type { Parts } from './parts.js';

/** Starts and skips with what is known of the listener, by item: the one topic that each of them goes through. */
export function listeningByItem(
  listening: KStream<string, Interaction>,
  listeners: KTable<string, Listener>,
): KStream<Item, Listening> {
  return listening
    .filter((_user, event): event is StartOrSkip => isStartOrSkip(event), { name: 'starts-and-skips' })
    .leftJoin(
      listeners,
      (event, listener) => ({ item: itemOf(event), listening: listeningOf(event, listener) }),
      { name: 'listener-of-play' },
    )
    .map((_user, { item, listening: listened }) => [item, listened] as const, { name: 'listening-of-item' })
    .repartition({ name: 'listening-by-item', key: itemSerde, value: jsonSerde<Listening>() });
}

/** How often each item is started, and skipped. */
export function countSkips(byItem: KStream<Item, Listening>): void {
  byItem.groupByKey().aggregate(
    () => noSkips,
    (_item, event, skips) => addToSkips(skips, event),
    { name: 'skips', store: 'skips-per-item', value: jsonSerde<Skips>() },
  );
}

/**
 * Plays in windows that overlap, which are asked for, and in windows that do not, which are published: a reader of the
 * topic may add those up, and a key's last record is its newest window.
 */
export function countPlays(
  plays: KStream<Item, Listening>,
  { trend, windowMs, advanceMs, graceMs }: Parts,
): void {
  const byItem = plays.groupByKey();
  byItem
    .windowedBy(TimeWindows.of({ sizeMs: windowMs, advanceMs, graceMs }))
    .count({ name: 'recent-plays', store: 'recent-plays-per-item' });
  byItem
    .windowedBy(TimeWindows.of({ sizeMs: windowMs, graceMs }))
    .count({ name: 'plays-per-window', store: 'plays-per-item', changes: 'newest-window' })
    .toStream({ name: 'changed-plays' })
    .map((window, count) => [window.key.itemId, toTrend(window, count)] as const, { name: 'to-trend' })
    .to(itemTrend.topic, { name: 'trends', key: stringSerde, value: trend });
}

function itemOf({ itemType, itemId }: Interaction): Item {
  return { itemType, itemId };
}

function toTrend({ key, start, end }: Windowed<Item>, plays: number): ItemTrend {
  return { ...key, windowStart: start, windowEnd: end, plays };
}
