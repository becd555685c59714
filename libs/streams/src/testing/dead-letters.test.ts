import { describe, expect, it } from '@jest/globals';
import {
  jsonSerde,
  longSerde,
  stringSerde,
  StreamsBuilder,
  StreamsError,
  type FailureHandler,
  type RecordFailure,
  type Topology,
} from '../index.js';
import { TopologyTestDriver } from './topology-test-driver.js';

const strings = { key: stringSerde, value: stringSerde };

function fragile(): Topology {
  const builder = new StreamsBuilder();
  builder
    .stream('in', { key: stringSerde, value: jsonSerde<{ n: number }>() })
    .mapValues(
      ({ n }) => {
        if (n < 0) throw new RangeError(`n is ${n}`);
        return n;
      },
      { name: 'check' },
    )
    .to('out', { value: longSerde });
  return builder.build();
}

function run(inputs: readonly string[], onFailure?: FailureHandler) {
  const driver = new TopologyTestDriver(fragile(), {
    applicationId: 'app',
    ...(onFailure === undefined ? {} : { onFailure }),
  });
  const input = driver.createInputTopic('in', strings);
  for (const value of inputs) {
    input.pipeInput('k', value, { timestamp: 7, headers: [['trace', Buffer.from('t')]] });
  }
  return driver;
}

describe('a record that fails', () => {
  it('is not lost where the handler does not say what becomes of it', () => {
    const silent = (() => undefined) as unknown as FailureHandler;
    expect(() => run(['{"n":-5}'], silent)).toThrow(
      expect.objectContaining({ code: 'RECORD_FAILED', message: expect.stringContaining('n is -5') }),
    );
  });

  it.each([undefined, 'text', 5])('is one whose serializer answers %j', (answer) => {
    const builder = new StreamsBuilder();
    const serialize = () => answer as unknown as Buffer;
    builder.stream('in', strings).to('out', { value: { serialize } });
    const driver = new TopologyTestDriver(builder.build());
    driver.createInputTopic('in', strings).pipeInput('k', 'v');
    expect(driver.rawRecords('out')).toEqual([]);
    expect(driver.rawRecords('in.dlq')[0]?.headers.map(([, data]) => data?.toString())).toEqual(
      expect.arrayContaining([
        'KAFKA_PRODUCE',
        expect.stringMatching(/a serializer for out answered .*no Buffer/),
      ]),
    );
  });

  it('goes to the dead letters with its bytes, time and headers and why', () => {
    const driver = run(['{"n":1}', '{"n":-5}', '{"n":2}']);
    expect(
      driver.createOutputTopic('out', { key: stringSerde, value: longSerde }).readRecords(),
    ).toMatchObject([{ value: 1 }, { value: 2 }]);
    const [letter, ...others] = driver.rawRecords('in.dlq');
    expect(others).toEqual([]);
    expect(letter?.key?.toString()).toBe('k');
    expect(letter?.value?.toString()).toBe('{"n":-5}');
    expect(letter?.timestamp).toBe(7);
    const headers = Object.fromEntries(
      (letter?.headers ?? []).map(([name, value]) => [name, value?.toString()]),
    );
    expect(headers).toMatchObject({
      trace: 't',
      '__connect.errors.topic': 'in',
      '__connect.errors.partition': '0',
      '__connect.errors.offset': '1',
      '__connect.errors.connector.name': 'app',
      '__connect.errors.task.id': '0_0',
      '__connect.errors.stage': 'TRANSFORMATION',
      '__connect.errors.class.name': 'check',
      '__connect.errors.exception.class.name': 'RangeError',
      '__connect.errors.exception.message': 'n is -5',
    });
    expect(headers['__connect.errors.exception.stacktrace']).toContain('dead-letters.test');
    expect(driver.committedOffset('in')).toBe(3);
  });

  it('is told apart by the stage it failed at', () => {
    const stages = (topology: Topology, value: string): (string | undefined)[] => {
      const driver = new TopologyTestDriver(topology);
      driver.createInputTopic('in', strings).pipeInput('k', value);
      return driver
        .rawRecords('in.dlq')
        .map(({ headers }) => headers.find(([name]) => name === '__connect.errors.stage')?.[1]?.toString());
    };
    expect(stages(fragile(), 'no JSON')).toEqual(['VALUE_CONVERTER']);
    const keys = new StreamsBuilder();
    keys
      .stream('in', { key: longSerde, value: stringSerde })
      .filter((key) => key > 0)
      .to('out');
    expect(stages(keys.build(), 'v')).toEqual(['KEY_CONVERTER']);
    const outputs = new StreamsBuilder();
    outputs
      .stream('in', strings)
      .mapValues((value) => value.length + 0.5)
      .to('out', { value: longSerde });
    expect(stages(outputs.build(), 'v')).toEqual(['KAFKA_PRODUCE']);
  });

  it('does what the handler says', () => {
    const failures: RecordFailure[] = [];
    const driver = run(['{"n":-5}', '{"n":2}'], (failure) => {
      failures.push(failure);
      return 'skip';
    });
    expect(failures).toMatchObject([{ topic: 'in', partition: 0, node: 'check', stage: 'TRANSFORMATION' }]);
    expect(driver.rawRecords('in.dlq')).toEqual([]);
    expect(driver.rawRecords('out')).toHaveLength(1);
  });

  it('stops the task where the handler says so, with its offset uncommitted', () => {
    const driver = new TopologyTestDriver(fragile(), { onFailure: () => 'fail' });
    const input = driver.createInputTopic('in', strings);
    input.pipeInput('k', '{"n":1}');
    const stop = (): void => input.pipeInput('k', '{"n":-1}');
    expect(stop).toThrow(StreamsError);
    expect(stop).toThrow(/TRANSFORMATION at check, record in-0@1: n is -1/);
    expect(driver.committedOffset('in')).toBe(1);
  });
});
