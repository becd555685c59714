import type { Artist, Episode, Podcast, Song } from '@mesh/contracts';
import type { Table } from './table.js';

/** What there is to say of an item; `null` where it is not known, or where an item of its kind has none. */
export interface ItemDescription {
  readonly itemType: 'SONG' | 'EPISODE' | null;
  readonly title: string | null;
  /** Of a song: the artist's current name. */
  readonly artist: string | null;
  /** Of an episode: its podcast's current title. */
  readonly show: string | null;
}

type Known =
  | { readonly itemType: 'SONG'; readonly title: string; readonly artistId: string; readonly credit: string }
  | {
      readonly itemType: 'EPISODE';
      readonly title: string;
      readonly podcastId: string;
      readonly show: string;
    };

const UNKNOWN: ItemDescription = { itemType: null, title: null, artist: null, show: null };

/**
 * Songs and episodes as they are now. An artist or podcast of the item may come before or after it, or never: they are
 * joined when asked for.
 */
export class Catalogue {
  readonly #items = new Map<string, Known | 'deleted'>();
  readonly #artists = new Map<string, string>();
  readonly #podcasts = new Map<string, string>();

  readonly songs: Table<Song> = {
    apply: ({ songId, title, artistId, artistName }) =>
      this.#items.set(songId, { itemType: 'SONG', title, artistId, credit: artistName }),
    remove: (songId) => this.#items.set(songId, 'deleted'),
  };
  readonly episodes: Table<Episode> = {
    apply: ({ episodeId, title, podcastId, podcastTitle }) =>
      this.#items.set(episodeId, { itemType: 'EPISODE', title, podcastId, show: podcastTitle }),
    remove: (episodeId) => this.#items.set(episodeId, 'deleted'),
  };
  readonly artists: Table<Artist> = {
    apply: ({ artistId, name }) => this.#artists.set(artistId, name),
    remove: (artistId) => this.#artists.delete(artistId),
  };
  readonly podcasts: Table<Podcast> = {
    apply: ({ podcastId, title }) => this.#podcasts.set(podcastId, title),
    remove: (podcastId) => this.#podcasts.delete(podcastId),
  };

  /** Whether the item is known to have been deleted: it is not to be shown. */
  isDeleted(itemId: string): boolean {
    return this.#items.get(itemId) === 'deleted';
  }

  /** The artist's current name; `undefined` where the artist is not known (yet). */
  artistName(artistId: string): string | undefined {
    return this.#artists.get(artistId);
  }

  describe(itemId: string): ItemDescription {
    const item = this.#items.get(itemId);
    if (item === undefined || item === 'deleted') return UNKNOWN;
    const { itemType, title } = item;
    return itemType === 'SONG'
      ? { itemType, title, artist: this.#artists.get(item.artistId) ?? item.credit, show: null }
      : { itemType, title, artist: null, show: this.#podcasts.get(item.podcastId) ?? item.show };
  }
}
