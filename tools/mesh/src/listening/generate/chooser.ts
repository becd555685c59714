import type { Catalogue, Episode, Item, Song } from './catalogue.js';
import { type Random, WeightedIndex } from './random.js';
import type { Listener, Tastes } from './users.js';
import type { Genre, Topic } from './words.js';

interface Pool<T extends Item> {
  readonly items: readonly T[];
  readonly index: WeightedIndex;
}

/** Which item a user with given tastes plays next. Made once for a catalogue, shared by all users. */
export class Chooser {
  readonly #all: Pool<Item>;
  readonly #byGenre: ReadonlyMap<Genre, Pool<Song>>;
  readonly #byTopic: ReadonlyMap<Topic, Pool<Episode>>;

  /** @throws RangeError for an empty catalogue */
  constructor(catalogue: Catalogue) {
    this.#all = pool(catalogue.items);
    // By the first genre only: a second genre is a colour, not what an artist's listeners come for.
    this.#byGenre = pools(catalogue.songs, ({ genres: [first] }) => first);
    this.#byTopic = pools(catalogue.episodes, ({ topic }) => topic);
  }

  choose(random: Random, tastes: Tastes): Item {
    if (random.chance(tastes.curiosity)) return draw(random, this.#all);
    const liked = random.chance(tastes.episodeShare)
      ? this.#byTopic.get(drawKey(random, tastes.topics))
      : this.#byGenre.get(drawKey(random, tastes.genres));
    // A catalogue may be too small to hold every genre and topic.
    return liked === undefined ? draw(random, this.#all) : draw<Item>(random, liked);
  }
}

/** Whether the user likes what the item is of. */
export function isOnTaste(item: Item, { tastes }: Pick<Listener, 'tastes'>): boolean {
  return item.itemType === 'SONG'
    ? item.genres[0] !== undefined && tastes.genres.has(item.genres[0])
    : tastes.topics.has(item.topic);
}

function pools<K, T extends Item>(
  items: readonly T[],
  keyOf: (item: T) => K | undefined,
): ReadonlyMap<K, Pool<T>> {
  const result = new Map<K, Pool<T>>();
  for (const [key, members] of Map.groupBy(items, keyOf))
    if (key !== undefined) result.set(key, pool(members));
  return result;
}

function pool<T extends Item>(items: readonly T[]): Pool<T> {
  return { items, index: new WeightedIndex(items.map(({ popularity }) => popularity)) };
}

function draw<T extends Item>(random: Random, { items, index }: Pool<T>): T {
  const item = items[index.draw(random)];
  if (item === undefined) throw new RangeError('drawn beyond the end of the pool');
  return item;
}

function drawKey<K>(random: Random, shares: ReadonlyMap<K, number>): K {
  let rest = random.next();
  let last: K | undefined;
  for (const [key, share] of shares) {
    last = key;
    rest -= share;
    if (rest < 0) break;
  }
  if (last === undefined) throw new RangeError('a choice among no tastes');
  return last;
}
