import { oneMore, type Counts } from './counts.js';
import type { SongPlay } from './song.js';

/** A play as its artist's audience counts it. */
export interface ArtistPlay {
  readonly artistName: string;
  readonly artistCountry: string | null;
  readonly country: string | null;
  readonly ageGroup: string | null;
}

/** Who played an artist's songs in a window. */
export interface Audience {
  /** The name the artist went by at the last play. */
  readonly artistName: string;
  readonly artistCountry: string | null;
  readonly plays: number;
  /** Plays by the listener's country; those of {@link plays} that are missing are of users nobody has described. */
  readonly countries: Counts;
  /** Plays by the listener's age; who did not tell is in none. */
  readonly ageGroups: Counts;
}

export const nobody: Audience = {
  artistName: '',
  artistCountry: null,
  plays: 0,
  countries: {},
  ageGroups: {},
};

export function artistPlayOf({ song, listening }: SongPlay): readonly [artistId: string, play: ArtistPlay] {
  const { artistId, artistName, artistCountry } = song;
  const { country, ageGroup } = listening;
  return [artistId, { artistName, artistCountry, country, ageGroup }];
}

export function addToAudience(
  { plays, countries, ageGroups }: Audience,
  { artistName, artistCountry, country, ageGroup }: ArtistPlay,
): Audience {
  return {
    artistName,
    artistCountry,
    plays: plays + 1,
    countries: country === null ? countries : oneMore(countries, country),
    ageGroups: ageGroup === null ? ageGroups : oneMore(ageGroups, ageGroup),
  };
}
