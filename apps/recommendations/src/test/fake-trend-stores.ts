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

/** Holds what it is given; can be made to be out of reach. */
export class FakeTrendStores implements TrendStores {
  unavailable = false;
  readonly chartsOf = new Map<string, readonly Chart[]>();
  readonly audiencesOf = new Map<string, readonly Audience[]>();
  /** By `SONG/song-1`. */
  readonly playsOf = new Map<string, readonly (Span & Plays)[]>();
  readonly skipsOf = new Map<string, Skips>();
  readonly sessionsOf = new Map<string, readonly Session[]>();

  charts(genre: string): Promise<readonly Chart[]> {
    return this.#answer(this.chartsOf.get(genre) ?? []);
  }

  audiences(artistId: string): Promise<readonly Audience[]> {
    return this.#answer(this.audiencesOf.get(artistId) ?? []);
  }

  recentPlays(itemType: ItemType, itemId: string): Promise<readonly (Span & Plays)[]> {
    return this.#answer(this.playsOf.get(`${itemType}/${itemId}`) ?? []);
  }

  skips(itemType: ItemType, itemId: string): Promise<Skips | undefined> {
    return this.#answer(this.skipsOf.get(`${itemType}/${itemId}`));
  }

  sessions(userId: string): Promise<readonly Session[]> {
    return this.#answer(this.sessionsOf.get(userId) ?? []);
  }

  async #answer<T>(value: T): Promise<T> {
    if (this.unavailable) throw new StoresUnavailableError('10.0.0.7:8081 refuses the connection');
    return value;
  }
}
