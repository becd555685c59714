import { describe, expect, it } from '@jest/globals';
import {
  RejectedRecordError,
  stringSerde,
  StreamsBuilder,
  type Serde,
  type Sink,
  type SinkRecord,
} from '../index.js';
import { TopologyTestDriver } from './topology-test-driver.js';

const strings = { key: stringSerde, value: stringSerde };

/** Calls that a test settles one by one. */
class Calls {
  readonly made: string[] = [];
  readonly #settle = new Map<string, { resolve: (value: string) => void; reject: (error: Error) => void }>();

  readonly call = (value: string): Promise<string> => {
    this.made.push(value);
    return new Promise((resolve, reject) => this.#settle.set(value, { resolve, reject }));
  };

  async finish(value: string, error?: Error): Promise<void> {
    const call = this.#settle.get(value);
    if (call === undefined) throw new Error(`no call for ${value}`);
    if (error === undefined) call.resolve(`${value}!`);
    else call.reject(error);
    // Everything that follows from it is done with the microtasks.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function asyncDriver(calls: Calls, concurrency: number) {
  const builder = new StreamsBuilder();
  builder
    .stream('in', strings)
    .mapValuesAsync(calls.call, { name: 'enrich', concurrency })
    .to('out', strings);
  const driver = new TopologyTestDriver(builder.build());
  const output = driver.createOutputTopic('out', strings);
  return {
    driver,
    input: driver.createInputTopic('in', strings),
    values: () => output.readRecords().map((r) => r.value),
  };
}

describe('mapValuesAsync', () => {
  it('runs several calls at once, those of one key in turn, and commits only past the finished prefix', async () => {
    const calls = new Calls();
    const { driver, input, values } = asyncDriver(calls, 2);
    input.pipeInput('a', 'a1', { timestamp: 1 });
    input.pipeInput('a', 'a2', { timestamp: 2 });
    input.pipeInput('b', 'b1', { timestamp: 3 });
    input.pipeInput('c', 'c1', { timestamp: 4 });
    expect(calls.made).toEqual(['a1', 'b1']);
    await calls.finish('b1');
    expect(calls.made).toEqual(['a1', 'b1', 'c1']);
    expect(values()).toEqual(['b1!']);
    await calls.finish('a1');
    expect(calls.made).toEqual(['a1', 'b1', 'c1', 'a2']);
    await calls.finish('c1');
    expect(values()).toEqual(['a1!', 'c1!']);
    input.pipeInput('d', 'd1');
    expect(driver.committedOffset('in')).toBe(1);
    await calls.finish('a2');
    await calls.finish('d1');
    await driver.settle();
    input.pipeInput('e', 'e1');
    expect(driver.committedOffset('in')).toBe(5);
  });

  it('takes no more records while it has its fill, and goes on after', async () => {
    const calls = new Calls();
    const { driver, input, values } = asyncDriver(calls, 1);
    for (const id of ['1', '2', '3', '4']) input.pipeInput(id, id);
    expect(driver.committedOffset('in')).toBe(0);
    for (const id of ['1', '2', '3', '4']) {
      const settled = driver.settle();
      await calls.finish(id);
      if (id === '4') await settled;
    }
    expect(values()).toEqual(['1!', '2!', '3!', '4!']);
    expect(driver.committedOffset('in')).toBe(4);
  });

  it('keeps time and headers of the record that a result is of', async () => {
    const calls = new Calls();
    const { driver, input } = asyncDriver(calls, 5);
    input.pipeInput('a', 'a1', { timestamp: 11, headers: [['h', Buffer.from('a')]] });
    input.pipeInput('b', 'b1', { timestamp: 22, headers: [['h', Buffer.from('b')]] });
    await calls.finish('b1');
    await calls.finish('a1');
    expect(driver.createOutputTopic('out', strings).readRecords()).toEqual([
      { key: 'b', value: 'b1!', timestamp: 22, headers: [['h', Buffer.from('b')]] },
      { key: 'a', value: 'a1!', timestamp: 11, headers: [['h', Buffer.from('a')]] },
    ]);
  });

  it('makes a dead letter of a record whose call is rejected', async () => {
    const calls = new Calls();
    const { driver, input, values } = asyncDriver(calls, 5);
    input.pipeInput('a', 'a1');
    input.pipeInput('b', 'b1');
    await calls.finish('a1', new Error('no such item'));
    await calls.finish('b1');
    await driver.settle();
    expect(values()).toEqual(['b1!']);
    expect(driver.rawRecords('in.dlq').map(({ value }) => value?.toString())).toEqual(['a1']);
  });

  it('calls again where the error says that it may help', async () => {
    const builder = new StreamsBuilder();
    let calls = 0;
    builder
      .stream('in', strings)
      .mapAsync(
        async (key, value) => {
          calls += 1;
          if (calls < 3) throw Object.assign(new Error('busy'), { retriable: true });
          return [key, value] as const;
        },
        { name: 'call' },
      )
      .to('out', strings);
    const driver = new TopologyTestDriver(builder.build());
    driver.createInputTopic('in', strings).pipeInput('k', 'v');
    await driver.settle();
    expect(calls).toBe(3);
    expect(driver.rawRecords('out')).toHaveLength(1);
    expect(driver.rawRecords('in.dlq')).toEqual([]);
  });
});

class TestSink implements Sink<string, string> {
  readonly written: SinkRecord<string, string>[] = [];
  readonly #done = new Map<string, (error?: Error) => void>();

  write(record: SinkRecord<string, string>, done: (error?: Error) => void): void {
    this.written.push(record);
    this.#done.set(record.value, done);
  }

  finish(value: string, error?: Error): void {
    this.#done.get(value)?.(error);
  }

  async flush(): Promise<void> {
    for (const done of this.#done.values()) done();
  }

  async close(): Promise<void> {
    this.#done.clear();
  }
}

describe('a sink', () => {
  function sinkDriver(maxOutstanding: number) {
    const sink = new TestSink();
    const builder = new StreamsBuilder();
    builder.stream('in', strings).sink(sink, { name: 'external', maxOutstanding });
    const driver = new TopologyTestDriver(builder.build());
    return { sink, driver, input: driver.createInputTopic('in', strings) };
  }

  it('keeps an offset from being committed while its record, which a call brought on, is still being written', async () => {
    const calls = new Calls();
    const sink = new TestSink();
    const builder = new StreamsBuilder();
    builder
      .stream('in', strings)
      .mapValuesAsync(calls.call, { name: 'enrich', concurrency: 4 })
      .sink(sink, { name: 'store' });
    const driver = new TopologyTestDriver(builder.build());
    const input = driver.createInputTopic('in', strings);
    input.pipeInput('a', 'a1');
    input.pipeInput('b', 'b1');
    input.pipeInput('c', 'c1');
    await calls.finish('a1');
    expect(sink.written.map(({ offset }) => offset)).toEqual([0]);
    input.pipeInput('d', 'd1');
    expect(driver.committedOffset('in')).toBe(0);
    sink.finish('a1!');
    input.pipeInput('e', 'e1');
    expect(driver.committedOffset('in')).toBe(1);
  });

  it('is given records with their place, and offsets are committed past the finished prefix only', () => {
    const { sink, driver, input } = sinkDriver(10);
    for (const id of ['0', '1', '2']) input.pipeInput(`k${id}`, id, { timestamp: 5 });
    expect(sink.written[1]).toMatchObject({
      key: 'k1',
      value: '1',
      topic: 'in',
      partition: 0,
      offset: 1,
      timestamp: 5,
    });
    sink.finish('1');
    input.pipeInput('k', '3');
    expect(driver.committedOffset('in')).toBe(0);
    sink.finish('0');
    input.pipeInput('k', '4');
    expect(driver.committedOffset('in')).toBe(2);
  });

  it('is given no more than it can take', () => {
    const { sink, input } = sinkDriver(2);
    for (const id of ['0', '1', '2']) input.pipeInput('k', id);
    expect(sink.written).toHaveLength(2);
    sink.finish('0');
    input.pipeInput('k', '3');
    expect(sink.written.map(({ value }) => value)).toEqual(['0', '1', '2']);
  });

  it('rejects records into the dead letters, and stops the task with any other error', () => {
    const { sink, driver, input } = sinkDriver(10);
    input.pipeInput('k', '0');
    input.pipeInput('k', '1');
    sink.finish('0', new RejectedRecordError('TOO_LONG', 'the id is too long'));
    input.pipeInput('k', '2');
    expect(driver.committedOffset('in')).toBe(1);
    const [letter] = driver.rawRecords('in.dlq');
    expect(letter?.value?.toString()).toBe('0');
    expect(letter?.headers.find(([name]) => name === '__connect.errors.stage')?.[1]?.toString()).toBe(
      'TASK_PUT',
    );
    sink.finish('1', new Error('out of order'));
    expect(() => input.pipeInput('k', '3')).toThrow('out of order');
    expect(driver.committedOffset('in')).toBe(1);
  });
});

describe('a deserializer that must prepare', () => {
  function preparing(prepare: () => Promise<void> | undefined) {
    const serde: Serde<string> = { ...stringSerde, prepare };
    const builder = new StreamsBuilder();
    builder
      .stream('in', { key: stringSerde, value: serde })
      .mapValues((value) => `${value}!`)
      .to('out', strings);
    const driver = new TopologyTestDriver(builder.build());
    return { driver, input: driver.createInputTopic('in', strings) };
  }

  it('is waited for, and asked again after a failure that may pass', async () => {
    let asked = 0;
    const { driver, input } = preparing(() => {
      asked += 1;
      if (asked <= 2) return Promise.reject(Object.assign(new Error('registry away'), { retriable: true }));
      return asked === 3 ? Promise.resolve() : undefined;
    });
    input.pipeInput('k', '1');
    input.pipeInput('k', '2');
    expect(driver.rawRecords('out')).toEqual([]);
    expect(driver.committedOffset('in')).toBe(-1);
    await driver.settle();
    expect(driver.rawRecords('out').map(({ value }) => value?.toString())).toEqual(['1!', '2!']);
    expect(driver.rawRecords('in.dlq')).toEqual([]);
    expect(driver.committedOffset('in')).toBe(2);
  });

  it('makes a dead letter of a record that it can never read, and goes on', async () => {
    let asked = 0;
    const { driver, input } = preparing(() => {
      asked += 1;
      return asked === 1 ? Promise.reject(new Error('no such schema')) : undefined;
    });
    input.pipeInput('k', '1');
    input.pipeInput('k', '2');
    await driver.settle();
    expect(driver.rawRecords('out').map(({ value }) => value?.toString())).toEqual(['2!']);
    const [letter] = driver.rawRecords('in.dlq');
    expect(letter?.headers.find(([name]) => name === '__connect.errors.stage')?.[1]?.toString()).toBe(
      'VALUE_CONVERTER',
    );
  });

  it.each([0, 1])('fails the record where it throws instead of rejecting, at ask %d too', async (asks) => {
    let calls = 0;
    const { driver, input } = preparing(() => {
      calls += 1;
      if (calls <= asks) return Promise.reject(Object.assign(new Error('for now'), { retriable: true }));
      if (calls === asks + 1) throw new TypeError('not even a promise');
      return undefined;
    });
    input.pipeInput('k', 'bad');
    input.pipeInput('k', 'good');
    await driver.settle();
    expect(driver.rawRecords('out').map(({ value }) => value?.toString())).toEqual(['good!']);
    const [letter] = driver.rawRecords('in.dlq');
    const headers = new Map(letter?.headers.map(([name, data]) => [name, data?.toString()]));
    expect(headers.get('__connect.errors.stage')).toBe('VALUE_CONVERTER');
    expect(headers.get('__connect.errors.exception.message')).toBe('not even a promise');
  });
});

describe('what is to be tried again', () => {
  const failing = (): Promise<never> =>
    Promise.reject(Object.assign(new Error('not now'), { retriable: true }));
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

  it.each<[string, (builder: StreamsBuilder) => void]>([
    [
      'a call',
      (builder) => {
        builder.stream('in', strings).mapValuesAsync(failing, { name: 'call' }).to('out', strings);
      },
    ],
    [
      'a prepare',
      (builder) => {
        const serde: Serde<string> = { ...stringSerde, prepare: failing };
        builder
          .stream('in', { key: stringSerde, value: serde })
          .mapValues((value) => value)
          .to('out', strings);
      },
    ],
  ])('%s keeps no process from ending once its task is closed', async (_, draw) => {
    const before = timers();
    const builder = new StreamsBuilder();
    draw(builder);
    const driver = new TopologyTestDriver(builder.build());
    driver.createInputTopic('in', strings).pipeInput('k', '1');
    await new Promise((resolve) => setImmediate(resolve));
    expect(timers()).toBe(before + 1);
    driver.close();
    expect(timers()).toBe(before);
  });
});
