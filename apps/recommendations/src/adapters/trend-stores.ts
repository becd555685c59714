import {
  jsonSerde,
  longSerde,
  QueryableStoreTypes,
  StateQueryError,
  stringSerde,
  type Windowed,
} from '@mesh/streams';
import { StateQueryClient } from '@mesh/streams/queries';
import {
  StoresUnavailableError,
  type Audience,
  type Chart,
  type ItemType,
  type Plays,
  type Session,
  type Skips,
  type Span,
  type TrendStores,
} from '../domain/trend-stores.js';

export interface QueriedTrendStoresOptions {
  /** Of the application that counts. */
  readonly applicationId: string;
  /** Of its instances, or of what spreads requests over them. */
  readonly urls: readonly string[];
  readonly timeoutMs: number;
  /** How far a replica may be behind that answers for a partition whose owner does not. Milliseconds. */
  readonly stalenessMs: number;
}

const { keyValue, session, window } = QueryableStoreTypes;

/** Asks the stores of `trends` by its query service; their names, keys and values are in that application's README. */
export class QueriedTrendStores implements TrendStores {
  readonly #charts;
  readonly #audiences;
  readonly #recentPlays;
  readonly #skips;
  readonly #sessions;

  constructor({ applicationId, urls, timeoutMs, stalenessMs }: QueriedTrendStoresOptions) {
    const client = new StateQueryClient({ applicationId, urls, timeoutMs });
    const options = { staleness: { maxLagMs: stalenessMs } };
    const [key, plays] = [stringSerde, longSerde];
    this.#charts = client.store(
      'charts-per-genre',
      window(key, jsonSerde<Omit<Chart, keyof Span>>()),
      options,
    );
    this.#audiences = client.store(
      'audience-per-artist',
      window(key, jsonSerde<Omit<Audience, keyof Span>>()),
      options,
    );
    this.#recentPlays = client.store('recent-plays-per-item', window(key, plays), options);
    this.#skips = client.store('skips-per-item', keyValue(key, jsonSerde<Skips>()), options);
    this.#sessions = client.store(
      'sessions-per-user',
      session(key, jsonSerde<Omit<Session, keyof Span>>()),
      options,
    );
  }

  charts(genre: string): Promise<readonly Chart[]> {
    return newestFirst(this.#charts.fetch(genre), (chart) => chart);
  }

  audiences(artistId: string): Promise<readonly Audience[]> {
    return newestFirst(this.#audiences.fetch(artistId), (audience) => audience);
  }

  recentPlays(itemType: ItemType, itemId: string): Promise<readonly (Span & Plays)[]> {
    return newestFirst(this.#recentPlays.fetch(`${itemType}/${itemId}`), (plays) => ({ plays }));
  }

  async skips(itemType: ItemType, itemId: string): Promise<Skips | undefined> {
    return reached(async () => (await this.#skips.get(`${itemType}/${itemId}`))?.value);
  }

  sessions(userId: string): Promise<readonly Session[]> {
    return newestFirst(this.#sessions.fetch(userId), (counted) => counted);
  }
}

type Entry<V> = readonly [key: Windowed<string>, stored: { readonly value: V }];

async function newestFirst<V, R>(
  entries: AsyncIterable<Entry<V>>,
  made: (value: V) => R,
): Promise<readonly (Span & R)[]> {
  return reached(async () => {
    const found: (Span & R)[] = [];
    for await (const [{ start, end }, { value }] of entries) found.push({ start, end, ...made(value) });
    return found.reverse();
  });
}

async function reached<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof StateQueryError) || !PASSING.has(error.reason)) throw error;
    throw new StoresUnavailableError(error.message, { cause: error });
  }
}

/** What a rebalance, a restart or an outage brings, and time mends; the others say that we ask wrongly. */
const PASSING: ReadonlySet<StateQueryError['reason']> = new Set([
  'NOT_PRESENT',
  'NOT_ACTIVE',
  'TOO_STALE',
  'NOT_UP_TO_BOUND',
  'UNREACHABLE',
  'STORE_EXCEPTION',
]);
