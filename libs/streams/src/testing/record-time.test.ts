import { describe, expect, it } from '@jest/globals';
import { stringSerde, StreamsBuilder, type Topology } from '../index.js';
import { TopologyTestDriver } from './topology-test-driver.js';

const strings = { key: stringSerde, value: stringSerde };
const LAST_TIME = 8_640_000_000_000_000;

function copying(timestampExtractor?: (value: string) => number): Topology {
  const builder = new StreamsBuilder();
  builder
    .stream('in', { ...strings, ...(timestampExtractor === undefined ? {} : { timestampExtractor }) })
    .to('out');
  return builder.build();
}

describe('what is no time', () => {
  it.each(['-1', '0.5', 'NaN', 'Infinity', String(LAST_TIME + 1), String(Number.MAX_SAFE_INTEGER)])(
    'fails the record where an extractor answers %s',
    (answer) => {
      const driver = new TopologyTestDriver(copying(Number));
      const input = driver.createInputTopic('in', strings);
      input.pipeInput('k', answer, { timestamp: 1 });
      input.pipeInput('k', '7', { timestamp: 1 });
      expect(driver.rawRecords('in.dlq')).toHaveLength(1);
      expect(driver.rawRecords('out')).toMatchObject([{ timestamp: 7 }]);
    },
  );

  it.each([-1, LAST_TIME + 1])('fails the record where its own is %d', (timestamp) => {
    const driver = new TopologyTestDriver(copying());
    driver.createInputTopic('in', strings).pipeInput('k', 'v', { timestamp });
    expect(driver.rawRecords('in.dlq')).toMatchObject([{ timestamp }]);
    expect(driver.rawRecords('out')).toEqual([]);
  });

  it('does not matter in the record where an extractor answers better', () => {
    const driver = new TopologyTestDriver(copying(() => LAST_TIME));
    driver.createInputTopic('in', strings).pipeInput('k', 'v', { timestamp: -1 });
    expect(driver.rawRecords('out')).toMatchObject([{ timestamp: LAST_TIME }]);
  });
});
