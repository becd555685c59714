import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { artist, episode, events, podcast, song, type EventContract } from '@mesh/contracts';
import { createAvroSerde } from '@mesh/serde';
import { memorySchemaRegistry } from '@mesh/serde/testing';
import type { PersonalizeItem } from '@mesh/sinks';
import { RecordingSink } from '@mesh/sinks/testing';
import { stringSerde } from '@mesh/streams';
import { TopologyTestDriver } from '@mesh/streams/testing';
import { artistCalled, episodeOf, podcastCalled, songBy } from './test/catalogue.js';
import { topology, type Parts } from './topology.js';

let sink: RecordingSink<string, PersonalizeItem>;
let driver: TopologyTestDriver;
let parts: Parts;

beforeEach(async () => {
  const registry = memorySchemaRegistry(
    Object.fromEntries(events.map(({ schemaName, schema }) => [schemaName, [schema]])),
  );
  const serde = <T>(contract: EventContract<T>) => createAvroSerde({ contract, registry });
  sink = new RecordingSink();
  parts = {
    song: await serde(song),
    artist: await serde(artist),
    episode: await serde(episode),
    podcast: await serde(podcast),
    sink,
  };
  driver = new TopologyTestDriver(topology(parts), { applicationId: 'items-update' });
});

afterEach(() => driver.close());

function pipe<T>({ topic, event }: EventContract<T>, key: string, value: T | null): void {
  const serde = parts[event as 'song'] as unknown as Parameters<typeof createInput<T>>[1];
  createInput<T>(topic, serde).pipeInput(key, value);
}

const createInput = <T>(topic: string, value: { serialize(topic: string, value: T): Buffer }) =>
  driver.createInputTopic<string, T>(topic, { key: stringSerde, value });

/** What was sent since this was last asked. */
function sent(): (readonly [string, Record<string, unknown>])[] {
  return sink.records
    .splice(0)
    .map(({ value }) => [value.itemId, JSON.parse(value.properties ?? '{}') as Record<string, unknown>]);
}

describe('a song', () => {
  it('is sent with the name it credits while its artist is not known', () => {
    pipe(song, 'song-1', songBy('artist-1', 'song-1'));
    expect(sent()).toEqual([
      [
        'song-1',
        {
          itemType: 'SONG',
          genres: 'jazz|soul',
          creationTimestamp: Date.UTC(2020, 0, 1) / 1_000,
          title: 'Title of song-1',
          creator: 'Credited',
          collection: 'Album',
          active: 'true',
        },
      ],
    ]);
  });

  it("is sent with its artist's current name", () => {
    pipe(artist, 'artist-1', artistCalled('artist-1', 'Now'));
    pipe(song, 'song-1', songBy('artist-1', 'song-1'));
    expect(sent()).toMatchObject([['song-1', { creator: 'Now' }]]);
  });

  it('is sent again when its artist is renamed, with all others of that artist and no more', () => {
    pipe(artist, 'artist-1', artistCalled('artist-1', 'Before'));
    for (const id of ['song-1', 'song-2']) pipe(song, id, songBy('artist-1', id));
    pipe(song, 'song-3', songBy('artist-2', 'song-3'));
    sent();
    pipe(artist, 'artist-1', artistCalled('artist-1', 'After'));
    expect(sent()).toMatchObject([
      ['song-1', { creator: 'After' }],
      ['song-2', { creator: 'After' }],
    ]);
    pipe(artist, 'artist-1', null);
    expect(sent()).toMatchObject([
      ['song-1', { creator: 'Credited' }],
      ['song-2', { creator: 'Credited' }],
    ]);
  });

  it('follows the artist it was moved to, and no longer the one before', () => {
    pipe(artist, 'artist-1', artistCalled('artist-1', 'One'));
    pipe(artist, 'artist-2', artistCalled('artist-2', 'Two'));
    pipe(song, 'song-1', songBy('artist-1', 'song-1'));
    pipe(song, 'song-1', songBy('artist-2', 'song-1'));
    expect(sent().at(-1)).toMatchObject(['song-1', { creator: 'Two' }]);
    pipe(artist, 'artist-1', artistCalled('artist-1', 'One again'));
    expect(sent()).toEqual([]);
  });
});

describe('an episode', () => {
  it("is sent with its podcast's current title and publisher, at each change of either", () => {
    pipe(episode, 'episode-1', episodeOf('podcast-1', 'episode-1'));
    pipe(podcast, 'podcast-1', podcastCalled('podcast-1', 'New Show', 'New Publisher'));
    expect(sent()).toMatchObject([
      ['episode-1', { itemType: 'EPISODE', creator: 'Old Publisher', collection: 'Old Show' }],
      [
        'episode-1',
        { itemType: 'EPISODE', creator: 'New Publisher', collection: 'New Show', active: 'true' },
      ],
    ]);
  });
});

describe('an item that was deleted', () => {
  const deleted = { itemType: 'SONG', creationTimestamp: 0, active: 'false' };

  it('is not active any more, whatever becomes of its artist', () => {
    pipe(song, 'song-1', songBy('artist-1', 'song-1'));
    pipe(song, 'song-1', null);
    expect(sent().at(-1)).toEqual(['song-1', deleted]);
    pipe(artist, 'artist-1', artistCalled('artist-1', 'Later'));
    expect(sent()).toEqual([]);
  });

  it('is not active also where nothing was known of it', () => {
    pipe(song, 'song-1', null);
    expect(sent()).toEqual([['song-1', deleted]]);
    pipe(episode, 'episode-1', null);
    expect(sent()).toEqual([['episode-1', { ...deleted, itemType: 'EPISODE' }]]);
  });

  it('is active again when it is created again', () => {
    pipe(song, 'song-1', songBy('artist-1', 'song-1'));
    pipe(song, 'song-1', null);
    pipe(song, 'song-1', songBy('artist-1', 'song-1'));
    expect(sent().at(-1)).toMatchObject(['song-1', { active: 'true' }]);
  });
});

describe('after a crash', () => {
  it('items still follow their artists', () => {
    pipe(song, 'song-1', songBy('artist-1', 'song-1'));
    driver.restart();
    sent();
    pipe(artist, 'artist-1', artistCalled('artist-1', 'After'));
    expect(sent()).toMatchObject([['song-1', { creator: 'After' }]]);
  });
});

it('keeps the names of its internal topics, which are those of the state', () => {
  pipe(song, 'song-1', songBy('artist-1', 'song-1'));
  pipe(episode, 'episode-1', episodeOf('podcast-1', 'episode-1'));
  pipe(artist, 'artist-1', artistCalled('artist-1', 'Now'));
  pipe(podcast, 'podcast-1', podcastCalled('podcast-1', 'Show', 'Publisher'));
  for (const topic of [
    'songs-changelog',
    'episodes-changelog',
    'artists-changelog',
    'podcasts-changelog',
    'song-artist-subscription-registration-topic',
    'song-artist-subscription-response-topic',
    'song-artist-subscription-store-changelog',
    'episode-podcast-subscription-registration-topic',
    'episode-podcast-subscription-response-topic',
    'episode-podcast-subscription-store-changelog',
  ]) {
    expect([topic, driver.rawRecords(`items-update-${topic}`).length]).not.toEqual([topic, 0]);
  }
});
