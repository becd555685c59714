/** From `start` on. Milliseconds since the epoch. */
export interface Span {
  readonly start: number;
  /** Of a window its first instant no more, of a session that of its last event. */
  readonly end: number;
}

export interface Plays {
  readonly plays: number;
}

export interface SongPlays extends Plays {
  readonly songId: string;
}

export interface Chart extends Span {
  /** The most played first. */
  readonly songs: readonly SongPlays[];
}

export interface Audience extends Span, Plays {
  /** As it was at the last play. */
  readonly artistName: string;
  readonly artistCountry: string | null;
  /** Plays by country of the listener, where that is known. */
  readonly countries: Readonly<Record<string, number>>;
  readonly ageGroups: Readonly<Record<string, number>>;
}

export interface Skips extends Plays {
  readonly skips: number;
}

export interface Session extends Span, Skips {
  /** Plays heard to the end. */
  readonly finishes: number;
}

export type ItemType = 'SONG' | 'EPISODE';

/**
 * What the application `trends` has counted, asked where it is counted. Lists are newest first, and empty where nothing
 * was counted in the time that is kept.
 *
 * All methods throw {@link StoresUnavailableError} where what is asked for cannot be reached at the moment.
 */
export interface TrendStores {
  /** The windows of a genre that are kept. */
  charts(genre: string): Promise<readonly Chart[]>;
  audiences(artistId: string): Promise<readonly Audience[]>;
  /** The windows of an item, which overlap. */
  recentPlays(itemType: ItemType, itemId: string): Promise<readonly (Span & Plays)[]>;
  /** `undefined` for an item that was never played. */
  skips(itemType: ItemType, itemId: string): Promise<Skips | undefined>;
  sessions(userId: string): Promise<readonly Session[]>;
}

/** Whoever has the counts does not answer; another try may help. */
export class StoresUnavailableError extends Error {
  override readonly name = 'StoresUnavailableError';
  readonly retriable = true;
}
