import { jsonSerde, stringSerde, TimeWindows, type KStream } from '@mesh/streams';
import { addToAudience, artistPlayOf, nobody, type ArtistPlay, type Audience } from './domain/audience.js';
import {
  addToChart,
  addToGenres,
  emptyChart,
  entriesOf,
  noPlays,
  type ChartEntry,
  type GenreChart,
  type PlaysByGenre,
} from './domain/genre-chart.js';
import type { Item } from './domain/item.js';
import type { SongPlay } from './domain/song.js';
import type { Parts } from './parts.js';

/**
 * The most played songs of each genre: plays are counted where the song is, and the counts meet where the genre is.
 *
 * A count carries the time of its latest play, which is in the window that it counts: so both count in equal windows.
 */
export function rankSongs(
  plays: KStream<Item, SongPlay>,
  { chartWindowMs, chartSize, graceMs }: Parts,
): void {
  const windows = TimeWindows.of({ sizeMs: chartWindowMs, graceMs });
  plays
    .groupByKey()
    .windowedBy(windows)
    .aggregate(
      () => noPlays,
      (_song, play, counts) => addToGenres(counts, play),
      { name: 'plays-by-genre', store: 'plays-per-song-and-genre', value: jsonSerde<PlaysByGenre>() },
    )
    .toStream({ name: 'changed-plays-by-genre' })
    .flatMap((_window, counts) => entriesOf(counts), { name: 'entries-of-charts' })
    .groupByKey({ name: 'entries-by-genre', key: stringSerde, value: jsonSerde<ChartEntry>() })
    .windowedBy(windows)
    .aggregate(
      () => emptyChart,
      (_genre, entry, chart) => addToChart(chart, entry, chartSize),
      { name: 'charts', store: 'charts-per-genre', value: jsonSerde<GenreChart>() },
    );
}

/** Who plays an artist's songs: from which countries, and how old. */
export function countAudience(plays: KStream<Item, SongPlay>, { chartWindowMs, graceMs }: Parts): void {
  plays
    .map((_song, play) => artistPlayOf(play), { name: 'play-of-artist' })
    .groupByKey({ name: 'plays-by-artist', key: stringSerde, value: jsonSerde<ArtistPlay>() })
    .windowedBy(TimeWindows.of({ sizeMs: chartWindowMs, graceMs }))
    .aggregate(
      () => nobody,
      (_artist, play, audience) => addToAudience(audience, play),
      { name: 'audiences', store: 'audience-per-artist', value: jsonSerde<Audience>() },
    );
}
