import { describe, expect, it } from '@jest/globals';
import { longSerde, SessionWindows, sessionWindowedSerde, stringSerde, StreamsBuilder } from '../index.js';
import { MemoryStores } from '../test/memory-storage.js';
import { TopologyTestDriver } from './topology-test-driver.js';

const strings = { key: stringSerde, value: stringSerde };
const sessions = { key: sessionWindowedSerde(stringSerde), value: longSerde };

function counting() {
  const builder = new StreamsBuilder();
  builder
    .stream('in', strings)
    .groupByKey()
    .windowedBy(SessionWindows.of({ gapMs: 10, graceMs: 0 }))
    .count({ store: 'sessions', emit: 'onWindowClose' })
    .toStream()
    .to('out', sessions);
  return builder.build();
}

describe('a session that a record lies within', () => {
  it.each([
    ['without a cache', 0],
    ['with a cache', 1_000_000],
  ])('is there afterwards, on disk and in the changelog, and closes, %s', async (_name, cacheMaxBytes) => {
    const driver = await TopologyTestDriver.open(counting(), {
      stateStores: new MemoryStores(),
      applicationId: 'app',
      cacheMaxBytes,
    });
    const input = driver.createInputTopic('in', strings);
    for (const timestamp of [0, 8, 4]) input.pipeInput('a', 'v', { timestamp });
    const [last] = driver.rawRecords('app-sessions-changelog').slice(-1);
    expect(last?.value).toEqual(longSerde.serialize('', 3, []));

    input.pipeInput('b', 'v', { timestamp: 100 });
    const closed = driver.createOutputTopic('out', sessions).readRecords();
    expect(closed.map(({ key, value }) => `${key?.key}@${key?.start}/${key?.end}=${value}`)).toEqual([
      'a@0/8=3',
    ]);
    await driver.closed();
  });
});
