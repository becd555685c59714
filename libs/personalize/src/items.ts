import type { Artist, Episode, Podcast, Song } from '@mesh/contracts';
import type { ItemRow } from './datasets.js';

/** A song or an episode, as ITEM_TYPE names it. */
export type ItemType = 'SONG' | 'EPISODE';

/** What is current about an artist; the song's own credit stands in where it is not known. */
export type CurrentArtist = Pick<Artist, 'name'> | null;

/** What is current about a podcast; what the episode was published under stands in where it is not known. */
export type CurrentPodcast = Pick<Podcast, 'title' | 'publisher'> | null;

/** A song by its current artist; its release is the collection. */
export function songRow(song: Song, artist: CurrentArtist): ItemRow {
  return {
    ITEM_ID: song.songId,
    ITEM_TYPE: 'SONG' satisfies ItemType,
    GENRES: categories(song.genres),
    CREATION_TIMESTAMP: seconds(song.releasedAt),
    TITLE: song.title,
    CREATOR: artist?.name ?? song.artistName,
    COLLECTION: song.albumTitle,
    ACTIVE: 'true',
  };
}

/** An episode by its podcast's current publisher; the podcast's current title is the collection. */
export function episodeRow(episode: Episode, podcast: CurrentPodcast): ItemRow {
  return {
    ITEM_ID: episode.episodeId,
    ITEM_TYPE: 'EPISODE' satisfies ItemType,
    GENRES: categories(episode.topics),
    CREATION_TIMESTAMP: seconds(episode.publishedAt),
    TITLE: episode.title,
    CREATOR: podcast?.publisher ?? episode.publisher,
    COLLECTION: podcast?.title ?? episode.podcastTitle,
    ACTIVE: 'true',
  };
}

/** What is left of an item that was deleted: its id, and that it must not be recommended. */
export function deletedItemRow(itemId: string, itemType: ItemType): ItemRow {
  return {
    ITEM_ID: itemId,
    ITEM_TYPE: itemType,
    GENRES: null,
    CREATION_TIMESTAMP: 0,
    TITLE: null,
    CREATOR: null,
    COLLECTION: null,
    ACTIVE: 'false',
  };
}

/** Several categories of one item are separated by `|`. */
function categories(names: readonly string[]): string | null {
  return names.length === 0 ? null : names.map((name) => name.replaceAll('|', '/')).join('|');
}

export function seconds(ms: number): number {
  return Math.floor(ms / 1_000);
}
