import type { Header } from '@mesh/kafka';
import { describe, expect, it } from '@jest/globals';
import { longSerde, nullable, stringSerde, StreamsBuilder, TimeWindows } from '../index.js';
import { TopologyTestDriver } from './topology-test-driver.js';

const strings = { key: stringSerde, value: stringSerde };

/** Pipes records that carry the name of their step as `traceparent`; answers what each step put out, with whose. */
function follow(
  builder: StreamsBuilder,
  steps: readonly (readonly [topic: string, key: string, value: string, timestamp: number])[],
): string[][] {
  const driver = new TopologyTestDriver(builder.build());
  const out = driver.createOutputTopic('out', strings);
  return steps.map(([topic, key, value, timestamp], step) => {
    const headers: Header[] = [['traceparent', Buffer.from(`step ${step}`)]];
    driver.createInputTopic(topic, strings).pipeInput(key, value, { timestamp, headers });
    return out.readRecords().map((record) => {
      expect(record.headers).toHaveLength(1);
      return `${record.key}=${record.value} of ${record.headers[0]?.[1]?.toString()}`;
    });
  });
}

describe('the headers of an output', () => {
  it('are those of the record that brought about this state of an aggregate, over a repartition topic', () => {
    const builder = new StreamsBuilder();
    builder
      .stream('in', strings)
      .map((_user, item) => [item, item] as const)
      .groupByKey({ name: 'by-item', ...strings })
      .windowedBy(TimeWindows.of({ sizeMs: 10, graceMs: 10 }))
      .count({ store: 'plays' })
      .toStream()
      .map(({ key, start }, count) => [key, `${count} from ${start}`] as const)
      .to('out', strings);
    expect(
      follow(builder, [
        ['in', 'zoe', 'song', 5],
        ['in', 'max', 'song', 12],
        ['in', 'ann', 'song', 1],
      ]),
    ).toEqual([
      ['song=1 from 0 of step 0'],
      ['song=1 from 10 of step 1'],
      // Late: the newest to come, and not the one of the latest time.
      ['song=2 from 0 of step 2'],
    ]);
  });

  it('are those of the change on either side of a foreign-key join', () => {
    const builder = new StreamsBuilder();
    const songs = builder.table('songs', { ...strings, store: 'songs' });
    const artists = builder.table('artists', { ...strings, store: 'artists' });
    songs
      .foreignKeyLeftJoin(
        artists,
        (artistId) => artistId,
        (_song, artist) => artist ?? 'nobody',
        { name: 'fk' },
      )
      .toStream()
      .to('out', { value: nullable(stringSerde) });
    expect(
      follow(builder, [
        ['songs', 's1', 'a', 0],
        ['songs', 's2', 'a', 1],
        ['artists', 'a', 'Ada', 2],
      ]),
    ).toEqual([['s1=nobody of step 0'], ['s2=nobody of step 1'], ['s1=Ada of step 2', 's2=Ada of step 2']]);
  });

  it('are those of the newest change that waited, where results are suppressed until they are final', () => {
    const builder = new StreamsBuilder();
    builder
      .stream('in', strings)
      .groupByKey()
      .windowedBy(TimeWindows.of({ sizeMs: 10 }))
      .count({ store: 'plays' })
      .suppress({ store: 'final', untilWindowCloses: true, value: longSerde })
      .toStream()
      .map(({ key }, count) => [key, String(count)] as const)
      .to('out', strings);
    expect(
      follow(builder, [
        ['in', 'song', '', 1],
        ['in', 'song', '', 2],
        ['in', 'other', '', 30],
      ]),
    ).toEqual([[], [], ['song=2 of step 1']]);
  });
});
