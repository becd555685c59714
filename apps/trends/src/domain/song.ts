import type { Artist, Song } from '@mesh/contracts';
import type { Listening } from './listening.js';

/** A song with its artist as that is now, as far as plays are counted by it. */
export interface DescribedSong {
  readonly songId: string;
  readonly genres: readonly string[];
  readonly artistId: string;
  readonly artistName: string;
  /** ISO 3166-1 alpha-2; `null` where unknown. */
  readonly artistCountry: string | null;
}

/** A play of a song, by somebody. */
export interface SongPlay {
  readonly song: DescribedSong;
  readonly listening: Listening;
}

/** @param artist `null` where there is none, or not yet: then the name is the one that the song credits */
export function describeSong(song: Song, artist: Artist | null): DescribedSong {
  const { songId, genres, artistId, artistName } = song;
  return {
    songId,
    genres: [...new Set(genres)],
    artistId,
    artistName: artist?.name ?? artistName,
    artistCountry: artist?.country ?? null,
  };
}
