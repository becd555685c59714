import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DAY_START, TrendsDriver } from './test/driver.js';

let trends: TrendsDriver;

beforeEach(async () => {
  trends = await TrendsDriver.create();
});

afterEach(() => trends.driver.close());

describe('the topology of trends', () => {
  it('names every operator, so that a change of one renames no other', () => {
    const described = trends.topology.describe();
    expect(described).toContain('Processor: distinct-plays (stores: [play-ids])');
    expect(described).not.toMatch(/K(STREAM|TABLE)-/);
  });

  it('keeps its state under these names: another one would leave it behind', () => {
    const { subTopologies } = trends.topology;
    const stores = subTopologies.flatMap((sub) => sub.stores.map(({ name }) => name));
    const topics = subTopologies.flatMap((sub) => sub.sourceTopics.filter(({ internal }) => internal));
    expect(stores.toSorted()).toEqual([
      'artists',
      'audience-per-artist',
      'charts-per-genre',
      'listeners',
      'play-ids',
      'plays-per-item',
      'plays-per-song-and-genre',
      'recent-plays-per-item',
      'sessions-per-user',
      'skips-per-item',
      'song-artist-subscription-store',
      'songs',
      'songs-by-item',
    ]);
    expect(topics.map(({ name }) => name).toSorted()).toEqual([
      'entries-by-genre-repartition',
      'listening-by-item-repartition',
      'plays-by-artist-repartition',
      'song-artist-subscription-registration-topic',
      'song-artist-subscription-response-topic',
      'songs-by-item-repartition',
    ]);
  });

  it('sends a play through one topic for what is counted by item, and keeps nothing in it that names a user', () => {
    trends.user('user-1', { displayName: 'Ada Lovelace', birthYear: 1990, country: 'GB' });
    trends.listen({ occurredAt: DAY_START });
    const [record, ...more] = trends.driver.rawRecords('trends-listening-by-item-repartition');
    expect(more).toEqual([]);
    expect(record?.key?.toString()).toBe('SONG/song-1');
    expect(JSON.parse(record?.value?.toString() ?? '')).toEqual({
      eventType: 'PLAY',
      country: 'GB',
      ageGroup: '35-44',
    });
    const [listener] = trends.driver.rawRecords('trends-listeners-changelog');
    expect(JSON.parse(listener?.value?.toString() ?? '')).toEqual({ country: 'GB', birthYear: 1990 });
  });
});
