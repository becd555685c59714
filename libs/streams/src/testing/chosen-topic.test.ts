import { describe, expect, it } from '@jest/globals';
import { StreamsBuilder, stringSerde } from '../index.js';
import { TopologyTestDriver } from './topology-test-driver.js';

const strings = { key: stringSerde, value: stringSerde };

describe('a topic chosen for each record', () => {
  const topicOf = (_key: string, value: string): string => {
    if (value === '') throw new Error('no topic');
    return `out-${value}`;
  };
  const topology = (() => {
    const builder = new StreamsBuilder();
    builder.stream('in', strings).to(topicOf);
    return builder.build();
  })();

  it('is written to', () => {
    const driver = new TopologyTestDriver(topology);
    const input = driver.createInputTopic('in', strings);
    for (const value of ['a', 'b', 'a']) input.pipeInput('k', value);
    expect(driver.createOutputTopic('out-a', strings).readRecords()).toHaveLength(2);
    expect(driver.createOutputTopic('out-b', strings).readRecords()).toMatchObject([
      { key: 'k', value: 'b' },
    ]);
  });

  it('that cannot be chosen is the failure of the record', () => {
    const driver = new TopologyTestDriver(topology);
    driver.createInputTopic('in', strings).pipeInput('k', '');
    expect(driver.rawRecords('in.dlq')).toHaveLength(1);
  });

  it.each([undefined, '', 'a b', '..'])('that cannot be, as %j, is the failure of the record', (topic) => {
    const builder = new StreamsBuilder();
    builder.stream('in', strings).to((_key, value) => (value === 'bad' ? (topic as string) : 'out'));
    const driver = new TopologyTestDriver(builder.build());
    const input = driver.createInputTopic('in', strings);
    for (const value of ['bad', 'good']) input.pipeInput('k', value);
    const [letter] = driver.rawRecords('in.dlq');
    expect(letter?.headers.map(([, data]) => data?.toString())).toContainEqual(
      expect.stringContaining('was chosen, which is no name of a topic'),
    );
    expect(driver.producedTopicNames.toSorted()).toEqual(['in.dlq', 'out']);
  });

  it('is shown by its function', () => {
    expect(topology.describe()).toContain('Sink: KSTREAM-SINK-0000000001 (extractor class: topicOf)');
  });
});
