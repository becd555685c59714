import { describe, expect, it } from '@jest/globals';
import { longSerde, SessionWindows, sessionWindowedSerde, stringSerde, StreamsBuilder } from '../index.js';
import { TopologyTestDriver } from './topology-test-driver.js';

const strings = { key: stringSerde, value: stringSerde };
const GAP_MS = 4;

/** Records by key and time; what goes on, as `key@start/end=count`. */
function closed(...records: readonly (readonly [key: string, timestamp: number])[]): readonly string[] {
  const builder = new StreamsBuilder();
  const sessions = { key: sessionWindowedSerde(stringSerde), value: longSerde };
  builder
    .stream('in', strings)
    .groupByKey()
    .windowedBy(SessionWindows.of({ gapMs: GAP_MS, graceMs: 0 }))
    .count({ store: 'sessions', emit: 'onWindowClose' })
    .toStream()
    .to('out', sessions);
  const driver = new TopologyTestDriver(builder.build());
  const input = driver.createInputTopic('in', strings);
  for (const [key, timestamp] of records) input.pipeInput(key, 'value', { timestamp });
  const made = driver
    .createOutputTopic('out', sessions)
    .readRecords()
    .map(({ key, value }) => `${key?.key}@${key?.start}/${key?.end}=${value}`);
  driver.close();
  return made;
}

describe('sessions that go on as they close', () => {
  it('go on also where time goes on at once by more than they are kept', () => {
    expect(closed(['a', 10], ['b', 1_000_000], ['c', 2_000_000])).toEqual([
      'a@10/10=1',
      'b@1000000/1000000=1',
    ]);
  });

  it('go on once where a record comes as the session closes', () => {
    expect(closed(['a', 52], ['b', 48], ['b', 48], ['c', 122])).toEqual(['b@48/48=1', 'a@52/52=1']);
  });
});
