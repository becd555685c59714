import type { Artist, Episode, Podcast, Song } from '@mesh/contracts';
import { randomUUID } from 'node:crypto';

const envelope = () => ({
  eventId: randomUUID(),
  occurredAt: Date.UTC(2026, 0, 5),
  producer: 'test',
  correlationId: 'test',
  version: 1,
});

/** A song that credits its artist as `Credited`. */
export const songBy = (artistId: string, songId: string, changes: Partial<Song> = {}): Song => ({
  ...envelope(),
  songId,
  title: `Title of ${songId}`,
  artistId,
  artistName: 'Credited',
  albumTitle: 'Album',
  genres: ['jazz', 'soul'],
  durationMs: 180_000,
  explicit: false,
  isrc: null,
  releasedAt: Date.UTC(2020, 0, 1),
  ...changes,
});

/** An episode published by `Old Publisher` under the title `Old Show`. */
export const episodeOf = (podcastId: string, episodeId: string): Episode => ({
  ...envelope(),
  episodeId,
  title: `Title of ${episodeId}`,
  podcastId,
  podcastTitle: 'Old Show',
  publisher: 'Old Publisher',
  topics: ['news'],
  language: 'en',
  durationMs: 1_800_000,
  explicit: false,
  publishedAt: Date.UTC(2021, 0, 1),
});

export const artistCalled = (artistId: string, name: string): Artist => ({
  ...envelope(),
  artistId,
  name,
  genres: ['jazz'],
  country: null,
});

export const podcastCalled = (podcastId: string, title: string, publisher: string): Podcast => ({
  ...envelope(),
  podcastId,
  title,
  publisher,
  language: 'en',
});
