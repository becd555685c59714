import type { ListeningEvent } from '../listening/event.js';
import type { Catalogue, Item } from '../listening/generate/catalogue.js';
import type { Listener } from '../listening/generate/users.js';
import { stableUuid } from '../listening/stable-uuid.js';

/** Someone who listens to songs and podcasts alike, so that the answer should hold both. */
export function listenerOfBoth(listeners: readonly Listener[], heard: ReadonlySet<string>): Listener {
  const found = listeners.find(
    ({ userId, tastes }) => tastes.episodeShare >= 0.3 && tastes.episodeShare <= 0.6 && heard.has(userId),
  );
  if (found === undefined)
    throw new Error('no listener of both songs and podcasts occurs in the log: make it longer');
  return found;
}

/**
 * One sitting in which the listener discovers a genre and a topic that were not theirs, and skips what was
 * recommended first: what a recommender in real time has to react to.
 */
export function burst(
  listener: Listener,
  catalogue: Catalogue,
  skipped: readonly string[],
  startsAt: number,
): readonly ListeningEvent[] {
  const isNew = (item: Item) =>
    item.itemType === 'SONG'
      ? !item.genres.some((genre) => listener.tastes.genres.has(genre))
      : !listener.tastes.topics.has(item.topic);
  const songs = discover(
    catalogue.items.filter((item) => item.itemType === 'SONG' && isNew(item)),
    (item) => (item.itemType === 'SONG' ? (item.genres[0] ?? '') : ''),
    8,
  );
  const episodes = discover(
    catalogue.items.filter((item) => item.itemType === 'EPISODE' && isNew(item)),
    (item) => (item.itemType === 'EPISODE' ? item.topic : ''),
    5,
  );
  const byId = new Map(catalogue.items.map((item) => [item.itemId, item]));
  const acts: [Item, ListeningEvent['eventType']][] = [
    ...skipped.flatMap((id): [Item, 'SKIP'][] => {
      const item = byId.get(id);
      return item ? [[item, 'SKIP']] : [];
    }),
    ...[...songs, ...episodes].flatMap((item): [Item, ListeningEvent['eventType']][] => [
      [item, 'PLAY'],
      [item, 'FINISH'],
      [item, 'LIKE'],
    ]),
  ];
  const sessionId = `burst-${listener.userId}-${startsAt}`;
  return acts.map(([item, eventType], index) => ({
    eventId: stableUuid(sessionId, index),
    eventType,
    occurredAt: startsAt + index,
    userId: listener.userId,
    sessionId,
    itemId: item.itemId,
    itemType: item.itemType,
  }));
}

/** The first items of the kind that most of the given ones are of. */
function discover(items: readonly Item[], kindOf: (item: Item) => string, count: number): readonly Item[] {
  const kinds = Map.groupBy(items, kindOf);
  const largest = [...kinds.values()].sort((a, b) => b.length - a.length)[0] ?? [];
  return largest.slice(0, count);
}
