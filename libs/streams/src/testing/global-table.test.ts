import { describe, expect, it } from '@jest/globals';
import { nullable, StreamsBuilder, stringSerde, type KStream, type Partitioning } from '../index.js';
import { TopologyTestDriver } from './topology-test-driver.js';

const strings = { key: stringSerde, value: stringSerde };

type Joined = KStream<string, string, Partitioning>;

/** Songs, each with its artist's name by the id that its value begins with. */
function run(join: 'join' | 'leftJoin'): {
  driver: TopologyTestDriver;
  pipe: (topic: string, key: string | null, value: string | null) => unknown[];
} {
  const builder = new StreamsBuilder();
  const artists = builder.globalTable('artists', { ...strings, store: 'artists' });
  const songs = builder.stream('songs', { key: nullable(stringSerde), value: nullable(stringSerde) });
  const artistOf = (_key: unknown, value: string): string | null => value.split(':')[0] || null;
  const joined: KStream<string | null, string> =
    join === 'join'
      ? songs.join(artists, artistOf, (song, artist) => `${song} by ${artist}`)
      : songs.leftJoin(artists, artistOf, (song, artist) => `${song} by ${artist ?? 'nobody'}`);
  (joined as Joined).to('out', strings);
  const driver = new TopologyTestDriver(builder.build());
  const out = driver.createOutputTopic('out', strings);
  return {
    driver,
    pipe: (topic, key, value) => {
      driver.createInputTopic(topic, strings).pipeInput(key, value, { timestamp: 5 });
      return out.readRecords().map((record) => `${record.key}=${record.value}@${record.timestamp}`);
    },
  };
}

describe('a join with a global table', () => {
  it('finds what the table holds for the key that the record names', () => {
    const { pipe } = run('join');
    expect(pipe('songs', 's1', 'a:x')).toEqual([]);
    expect(pipe('artists', 'a', 'Ann')).toEqual([]);
    expect(pipe('songs', 's1', 'a:x')).toEqual(['s1=a:x by Ann@5']);
    expect(pipe('songs', null, 'a:y')).toEqual(['null=a:y by Ann@5']);
    expect(pipe('artists', 'a', null)).toEqual([]);
    expect(pipe('songs', 's1', 'a:x')).toEqual([]);
  });

  it('drops records without a value, or that name no key', () => {
    const { pipe, driver } = run('join');
    expect(pipe('songs', 's1', null)).toEqual([]);
    expect(pipe('songs', 's1', ':x')).toEqual([]);
    expect(driver.droppedRecords).toBe(2);
  });

  it('to the left has a result for each record with a value', () => {
    const { pipe, driver } = run('leftJoin');
    expect(pipe('songs', 's1', 'a:x')).toEqual(['s1=a:x by nobody@5']);
    expect(pipe('songs', 's1', ':x')).toEqual(['s1=:x by nobody@5']);
    expect(pipe('songs', 's1', null)).toEqual([]);
    expect(driver.droppedRecords).toBe(1);
  });

  it('has the whole table before anything, after a restart too', () => {
    const { pipe, driver } = run('join');
    pipe('artists', 'a', 'Ann');
    driver.restart();
    expect(pipe('songs', 's1', 'a:x')).toEqual(['s1=a:x by Ann@5']);
  });
});

describe('a global table', () => {
  it('makes no tasks and no topics, and is described as such', () => {
    const builder = new StreamsBuilder();
    const artists = builder.globalTable('artists', { ...strings, store: 'artist-store' });
    builder
      .stream('songs', strings)
      .join(
        artists,
        (key) => key,
        (song, artist) => song + artist,
      )
      .to('out', strings);
    const topology = builder.build();
    expect(topology.subTopologies.map(({ id, stores }) => [id, stores])).toEqual([[1, []]]);
    // As Kafka Streams 4.3 prints it, the name of the inner join too.
    expect(topology.describe()).toBe(`Topologies:
   Sub-topology: 0 for global store (will not generate tasks)
    Source: KSTREAM-SOURCE-0000000000 (topics: [artists])
      --> KTABLE-SOURCE-0000000001
    Processor: KTABLE-SOURCE-0000000001 (stores: [artist-store])
      --> none
      <-- KSTREAM-SOURCE-0000000000
  Sub-topology: 1
    Source: KSTREAM-SOURCE-0000000002 (topics: [songs])
      --> KSTREAM-LEFTJOIN-0000000003
    Processor: KSTREAM-LEFTJOIN-0000000003 (stores: [])
      --> KSTREAM-SINK-0000000004
      <-- KSTREAM-SOURCE-0000000002
    Sink: KSTREAM-SINK-0000000004 (topic: out)
      <-- KSTREAM-LEFTJOIN-0000000003

`);
  });
});
