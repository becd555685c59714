import type { Artist, Episode, Podcast, Song } from '@mesh/contracts';
import { randomUUID } from 'node:crypto';

const envelope = () => ({
  eventId: randomUUID(),
  occurredAt: Date.UTC(2026, 0, 1),
  producer: 'test',
  correlationId: 'test',
  version: 1,
});

/** A song by `artist-1`, credited as `Credited`. */
export const songOf = (songId: string, title: string): Song => ({
  ...envelope(),
  songId,
  title,
  artistId: 'artist-1',
  artistName: 'Credited',
  albumTitle: null,
  genres: ['jazz'],
  durationMs: 180_000,
  explicit: false,
  isrc: null,
  releasedAt: Date.UTC(2025, 0, 1),
});

/** An episode of `podcast-1`, published when that was called `Old Show`. */
export const episodeOf = (episodeId: string, title: string): Episode => ({
  ...envelope(),
  episodeId,
  title,
  podcastId: 'podcast-1',
  podcastTitle: 'Old Show',
  publisher: 'Publisher',
  topics: ['news'],
  language: 'en',
  durationMs: 1_800_000,
  explicit: false,
  publishedAt: Date.UTC(2025, 0, 1),
});

export const artistOf = (name: string): Artist => ({
  ...envelope(),
  artistId: 'artist-1',
  name,
  genres: ['jazz'],
  country: null,
});

export const podcastOf = (title: string): Podcast => ({
  ...envelope(),
  podcastId: 'podcast-1',
  title,
  publisher: 'Publisher',
  language: 'en',
});
