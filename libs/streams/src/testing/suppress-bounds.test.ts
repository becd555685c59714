import { describe, expect, it } from '@jest/globals';
import { nullable, stringSerde, StreamsBuilder, StreamsError, type BufferConfig } from '../index.js';
import { TopologyTestDriver } from './topology-test-driver.js';

const strings = { key: stringSerde, value: stringSerde };

function suppressed(buffer: BufferConfig<'emitEarlyWhenFull' | 'shutDownWhenFull'>): {
  driver: TopologyTestDriver;
  pipe: (key: string, value: string, timestamp: number) => string[];
} {
  const builder = new StreamsBuilder();
  builder
    .table('in', { ...strings, store: 'rows' })
    .suppress({ store: 'waiting', untilTimeLimitMs: 1_000, buffer })
    .toStream()
    .to('out', { value: nullable(stringSerde) });
  const driver = new TopologyTestDriver(builder.build());
  const out = driver.createOutputTopic('out', strings);
  return {
    driver,
    pipe: (key, value, timestamp) => {
      driver.createInputTopic('in', strings).pipeInput(key, value, { timestamp });
      return out.readRecords().map((record) => `${record.key}=${record.value}@${record.timestamp}`);
    },
  };
}

describe('a buffer that is full', () => {
  it('of records lets go on early what has waited longest', () => {
    const { pipe, driver } = suppressed({ maxRecords: 2, whenFull: 'emitEarlyWhenFull' });
    expect(pipe('a', '1', 5)).toEqual([]);
    expect(pipe('b', '1', 4)).toEqual([]);
    expect(pipe('a', '2', 6)).toEqual([]);
    expect(pipe('c', '1', 7)).toEqual(['b=1@4']);
    // What was restored counts.
    driver.restart();
    expect(pipe('d', '1', 8)).toEqual(['a=2@6']);
  });

  it('of bytes, too, counted as Kafka Streams counts them', () => {
    // For each: time, key, timestamp, offset, topic, partition and the value, 8 + 1 + 8 + 8 + 2 + 4 + n bytes.
    const { pipe } = suppressed({ maxBytes: 2 * (31 + 1), whenFull: 'emitEarlyWhenFull' });
    expect(pipe('a', '1', 5)).toEqual([]);
    expect(pipe('b', '1', 6)).toEqual([]);
    expect(pipe('b', '12', 7)).toEqual(['a=1@5']);
    expect(pipe('c', '1', 8)).toEqual(['b=12@7']);
  });

  it('that must not let go on early ends the application', () => {
    const { pipe } = suppressed({ maxRecords: 1, whenFull: 'shutDownWhenFull' });
    expect(pipe('a', '1', 5)).toEqual([]);
    const thrown = (): unknown => {
      try {
        return pipe('b', '1', 6);
      } catch (error) {
        return error;
      }
    };
    expect(thrown()).toMatchObject({ code: 'BUFFER_FULL' });
  });

  it('of no size is refused', () => {
    expect(() => suppressed({ maxRecords: Number.NaN, whenFull: 'shutDownWhenFull' })).toThrow(StreamsError);
  });
});
