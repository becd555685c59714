import { oneMore, type Counts } from './counts.js';
import type { SongPlay } from './song.js';

/** The plays of one song in a window, in each genre that it was of when it was played. */
export interface PlaysByGenre {
  readonly songId: string;
  readonly plays: Counts;
}

/** How often a song was played in a genre and a window, so far. */
export interface ChartEntry {
  readonly songId: string;
  readonly plays: number;
}

/** The most played songs of a genre in a window: the most played first, of equals the first by id. */
export interface GenreChart {
  readonly songs: readonly ChartEntry[];
}

export const noPlays: PlaysByGenre = { songId: '', plays: {} };

export const emptyChart: GenreChart = { songs: [] };

export function addToGenres({ plays }: PlaysByGenre, { song }: SongPlay): PlaysByGenre {
  return { songId: song.songId, plays: song.genres.reduce(oneMore, plays) };
}

export function entriesOf({ songId, plays }: PlaysByGenre): (readonly [genre: string, entry: ChartEntry])[] {
  return Object.entries(plays).map(([genre, count]) => [genre, { songId, plays: count }]);
}

/**
 * The chart with a song's newest count.
 *
 * Exact though it forgets all songs behind the first `size`: within a window a count only grows, so a song that was
 * pushed out can come back only by a count of its own.
 */
export function addToChart(chart: GenreChart, entry: ChartEntry, size: number): GenreChart {
  const others = chart.songs.filter(({ songId }) => songId !== entry.songId);
  const behind = others.findIndex((other) => isBefore(entry, other));
  const place = behind === -1 ? others.length : behind;
  return { songs: others.toSpliced(place, 0, entry).slice(0, size) };
}

function isBefore(one: ChartEntry, other: ChartEntry): boolean {
  return one.plays > other.plays || (one.plays === other.plays && one.songId < other.songId);
}
