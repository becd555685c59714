import { describe, expect, it } from '@jest/globals';
import type { Episode, Interaction, Song, User } from '@mesh/contracts';
import { csvHeader, csvLine } from './csv.js';
import { INTERACTIONS_SCHEMA, ITEMS_SCHEMA, USERS_SCHEMA } from './datasets.js';
import { interactionRow } from './interactions.js';
import { deletedItemRow, episodeRow, songRow } from './items.js';
import { propertiesOf } from './properties.js';
import { deletedUserRow, userRow } from './users.js';

const envelope = {
  eventId: '0b2b2e6c-6a33-4c1f-9a55-0a4f5f8f7f01',
  occurredAt: 1_700_000_000_999,
  producer: 'test',
  correlationId: 'c-1',
  version: 1,
};
const song: Song = {
  ...envelope,
  songId: 'song-1',
  title: 'Say "yes", twice\nor not',
  artistId: 'artist-1',
  artistName: 'As Credited',
  albumTitle: null,
  genres: ['pop', 'r|b'],
  durationMs: 1,
  explicit: false,
  isrc: null,
  releasedAt: -1_500,
};
const episode: Episode = {
  ...envelope,
  episodeId: 'episode-1',
  title: 'One',
  podcastId: 'podcast-1',
  podcastTitle: 'Old Title',
  publisher: 'Old Publisher',
  topics: ['news'],
  language: 'en',
  durationMs: 1,
  explicit: false,
  publishedAt: 1_700_000_000_999,
};
const user: User = {
  ...envelope,
  userId: 'user-1',
  displayName: 'Ada',
  country: 'CH',
  birthYear: 1990,
  plan: 'FREE',
  favouriteGenres: [],
  registeredAt: 1,
};
const play: Interaction = {
  ...envelope,
  eventType: 'PLAY',
  userId: 'user-1',
  sessionId: 's',
  itemId: 'song-1',
  itemType: 'SONG',
  positionMs: 45_000,
  durationMs: 180_000,
};

const properties = (row: Parameters<typeof propertiesOf>[0]): unknown => JSON.parse(propertiesOf(row));

describe('a song', () => {
  it('is put with its current artist', () => {
    expect(properties(songRow(song, { name: 'Renamed' }))).toEqual({
      itemType: 'SONG',
      genres: 'pop|r/b',
      creationTimestamp: -2,
      title: 'Say "yes", twice\nor not',
      creator: 'Renamed',
      active: 'true',
    });
  });

  it('is put with the artist it is credited to where no other is known', () => {
    expect(songRow(song, null).CREATOR).toBe('As Credited');
  });

  it('is imported as a line of the same', () => {
    expect(csvHeader(ITEMS_SCHEMA)).toBe(
      'ITEM_ID,ITEM_TYPE,GENRES,CREATION_TIMESTAMP,TITLE,CREATOR,COLLECTION,ACTIVE\n',
    );
    expect(csvLine(ITEMS_SCHEMA, songRow(song, { name: 'A, B & C' }))).toBe(
      'song-1,SONG,pop|r/b,-2,"Say ""yes"", twice\nor not","A, B & C",,true\n',
    );
  });
});

describe('an episode', () => {
  it('has its podcast as collection and the publisher as creator, as they are now', () => {
    const row = episodeRow(episode, { title: 'New Title', publisher: 'New Publisher' });
    expect(row).toMatchObject({ COLLECTION: 'New Title', CREATOR: 'New Publisher', GENRES: 'news' });
    expect(episodeRow(episode, null)).toMatchObject({ COLLECTION: 'Old Title', CREATOR: 'Old Publisher' });
  });
});

describe('what was deleted', () => {
  it('is an item that is not active, with every property the schema demands', () => {
    expect(properties(deletedItemRow('song-1', 'SONG'))).toEqual({
      itemType: 'SONG',
      creationTimestamp: 0,
      active: 'false',
    });
  });

  it('is a user of whom nothing is known', () => {
    expect(properties(deletedUserRow('user-1'))).toEqual({});
  });
});

describe('a user', () => {
  it('goes without name and year of birth', () => {
    expect(properties(userRow(user))).toEqual({ country: 'CH', plan: 'FREE' });
    expect(csvLine(USERS_SCHEMA, userRow(user))).toBe('user-1,CH,FREE\n');
  });
});

describe('an interaction', () => {
  it.each([
    [45_000, 180_000, '0.25'],
    [200_000, 180_000, '1'],
    [null, 180_000, ''],
    [10, 0, ''],
  ])('is imported, %p of %p milliseconds heard with the value %p', (positionMs, durationMs, value) => {
    expect(csvLine(INTERACTIONS_SCHEMA, interactionRow({ ...play, positionMs, durationMs }))).toBe(
      `user-1,song-1,play,1700000000,${value},SONG\n`,
    );
  });
});
