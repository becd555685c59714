import type { Catalogue, ItemDescription } from './catalogue.js';
import type { Audience, ItemType, Plays, Session, Skips, Span, TrendStores } from './trend-stores.js';

/** The most played songs of a genre, with what there is to say of them. */
export interface GenreChart extends Span {
  readonly items: readonly (ItemDescription & Plays & { readonly itemId: string })[];
}

export interface ItemPlays {
  readonly itemType: ItemType | null;
  /** Newest first. */
  readonly windows: readonly (Span & Plays)[];
}

export interface ItemSkips extends Skips {
  readonly itemType: ItemType | null;
  /** Skips for each play; `null` where there was none. */
  readonly skipRate: number | null;
}

/** Who plays an artist; the name is the current one. */
export interface ArtistAudience extends Omit<Audience, 'countries'> {
  /** The one with most plays first. */
  readonly countries: readonly (Plays & { readonly country: string })[];
}

const TYPES: readonly ItemType[] = ['SONG', 'EPISODE'];

/** What was counted, put into words: with titles and names, and without what was deleted. */
export class Insights {
  readonly #stores: TrendStores;
  readonly #catalogue: Catalogue;

  constructor(stores: TrendStores, catalogue: Catalogue) {
    this.#stores = stores;
    this.#catalogue = catalogue;
  }

  /** Of the newest window with plays; `undefined` where there is none. */
  async chart(genre: string, limit: number): Promise<GenreChart | undefined> {
    const [newest] = await this.#stores.charts(genre);
    if (newest === undefined) return undefined;
    const { start, end, songs } = newest;
    const items = songs
      .filter(({ songId }) => !this.#catalogue.isDeleted(songId))
      .slice(0, limit)
      .map(({ songId, plays }) => ({ itemId: songId, ...this.#catalogue.describe(songId), plays }));
    return { start, end, items };
  }

  async plays(itemId: string, limit: number): Promise<ItemPlays> {
    for (const itemType of this.#typesOf(itemId)) {
      const windows = await this.#stores.recentPlays(itemType, itemId);
      if (windows.length > 0) return { itemType, windows: windows.slice(0, limit) };
    }
    return { itemType: this.#catalogue.describe(itemId).itemType, windows: [] };
  }

  async skips(itemId: string): Promise<ItemSkips> {
    for (const itemType of this.#typesOf(itemId)) {
      const counted = await this.#stores.skips(itemType, itemId);
      if (counted === undefined) continue;
      const { plays, skips } = counted;
      return { itemType, plays, skips, skipRate: plays === 0 ? null : skips / plays };
    }
    const { itemType } = this.#catalogue.describe(itemId);
    return { itemType, plays: 0, skips: 0, skipRate: null };
  }

  /** Newest first. */
  async sessions(userId: string, limit: number): Promise<readonly Session[]> {
    return (await this.#stores.sessions(userId)).slice(0, limit);
  }

  /** Of the newest window with plays; `undefined` where there is none. */
  async audience(artistId: string): Promise<ArtistAudience | undefined> {
    const [newest] = await this.#stores.audiences(artistId);
    if (newest === undefined) return undefined;
    const countries = Object.entries(newest.countries)
      .map(([country, plays]) => ({ country, plays }))
      .sort((a, b) => b.plays - a.plays || (a.country < b.country ? -1 : 1));
    const artistName = this.#catalogue.artistName(artistId) ?? newest.artistName;
    return { ...newest, artistName, countries };
  }

  /** What an item may be: both, while the catalogue does not know it. */
  #typesOf(itemId: string): readonly ItemType[] {
    const { itemType } = this.#catalogue.describe(itemId);
    return itemType === null ? TYPES : [itemType];
  }
}
