import { describe, expect, it } from '@jest/globals';
import {
  longSerde,
  nullable,
  Stores,
  StreamsBuilder,
  stringSerde,
  type FixedKeyProcessor,
  type FixedKeyProcessorContext,
  type FixedKeyRecord,
  type KeyValueStore,
  type Processor,
  type ProcessorContext,
  type ProcessorRecord,
  type StoresOf,
} from '../index.js';
import { TopologyTestDriver } from './topology-test-driver.js';

const strings = { key: stringSerde, value: stringSerde };

/** A processor made of one function, for what needs no more. */
function processing<KOut, VOut>(
  process: (record: ProcessorRecord<string, string>, context: ProcessorContext<KOut, VOut>) => void,
): () => Processor<string, string, KOut, VOut> {
  return () => {
    let context: ProcessorContext<KOut, VOut> | undefined;
    return {
      init: (given) => {
        context = given;
      },
      process: (record) => {
        if (context === undefined) throw new Error('init() comes first');
        process(record, context);
      },
    };
  };
}

describe('a processor', () => {
  it('forwards what it likes, with times and headers of its own', () => {
    const builder = new StreamsBuilder();
    builder
      .stream('in', strings)
      .process(
        processing<string, number>((record, context) => {
          context.forward({ ...record, key: record.value, value: record.key.length, timestamp: 7 });
          context.forward({ ...record, value: 0, headers: [['made', Buffer.from('here')]] });
        }),
      )
      .to('out', { key: stringSerde, value: longSerde });
    const driver = new TopologyTestDriver(builder.build());
    driver.createInputTopic('in', strings).pipeInput('abc', 'x', { timestamp: 3, headers: [['h', null]] });
    expect(driver.createOutputTopic('out', { key: stringSerde, value: longSerde }).readRecords()).toEqual([
      { key: 'x', value: 3, timestamp: 7, headers: [['h', null]] },
      { key: 'abc', value: 0, timestamp: 3, headers: [['made', Buffer.from('here')]] },
    ]);
  });

  it('forwards to the operator it names, and to no other', () => {
    const builder = new StreamsBuilder();
    const processed = builder.stream('in', strings).process(
      processing<string, string>((record, context) => context.forward(record, record.value)),
      { name: 'router' },
    );
    processed.mapValues((value) => `${value}!`, { name: 'left' }).to('l', strings);
    processed.mapValues((value) => `${value}?`, { name: 'right' }).to('r', strings);
    const driver = new TopologyTestDriver(builder.build(), { onFailure: () => 'fail' });
    const input = driver.createInputTopic('in', strings);
    input.pipeInput('k', 'left');
    input.pipeInput('k', 'right');
    expect(driver.createOutputTopic('l', strings).readRecords()).toMatchObject([{ value: 'left!' }]);
    expect(driver.createOutputTopic('r', strings).readRecords()).toMatchObject([{ value: 'right?' }]);
    expect(() => input.pipeInput('k', 'middle')).toThrow(
      /router forwards to middle.*\(what does: left, right\)/,
    );
  });

  it('is told where its record came from, and of the task', () => {
    const builder = new StreamsBuilder();
    const seen: unknown[] = [];
    builder.stream('in', strings).process(
      processing((_record, context) => {
        const { topic, partition, offset } = context.recordMetadata ?? {};
        seen.push([topic, partition, offset, context.currentStreamTimeMs(), context.currentSystemTimeMs()]);
        seen.push([context.applicationId, context.taskId]);
      }),
    );
    const driver = new TopologyTestDriver(builder.build(), { applicationId: 'app', startTimeMs: 100 });
    const input = driver.createInputTopic('in', strings);
    input.pipeInput('k', 'a', { timestamp: 5 });
    input.pipeInput('k', 'a', { timestamp: 3 });
    expect(seen).toEqual([
      ['in', 0, 0, 5, 100],
      ['app', '0_0'],
      ['in', 0, 1, 5, 100],
      ['app', '0_0'],
    ]);
  });

  it('begins once its state is restored, and is closed once', () => {
    const counts = Stores.keyValue('counts', { key: stringSerde, value: longSerde });
    const log: string[] = [];
    class Counter implements Processor<string, string, string, number, StoresOf<typeof counts>> {
      #context!: ProcessorContext<string, number, StoresOf<typeof counts>>;
      #counts!: KeyValueStore<string, number>;

      init = (context: ProcessorContext<string, number, StoresOf<typeof counts>>): void => {
        this.#context = context;
        this.#counts = context.getStateStore('counts');
        log.push(`init ${[...this.#counts.all()].join()}`);
      };

      process = (record: ProcessorRecord<string, string>): void => {
        const count = (this.#counts.get(record.key) ?? 0) + 1;
        this.#counts.put(record.key, count);
        this.#context.forward({ ...record, value: count });
      };

      close = (): void => {
        log.push('close');
      };
    }
    const builder = new StreamsBuilder();
    builder
      .stream('in', strings)
      .process(() => new Counter(), { stores: [counts] })
      .to('out', { key: stringSerde, value: longSerde });
    const driver = new TopologyTestDriver(builder.build());
    const input = driver.createInputTopic('in', strings);
    input.pipeInput('a', 'x', { timestamp: 5 });
    driver.restart();
    input.pipeInput('a', 'x', { timestamp: 6 });
    expect(
      driver.createOutputTopic('out', { key: stringSerde, value: longSerde }).readRecords(),
    ).toMatchObject([
      { key: 'a', value: 1 },
      { key: 'a', value: 2 },
    ]);
    expect(driver.rawRecords('test-driver-counts-changelog')).toMatchObject([
      { key: Buffer.from('a'), timestamp: 5 },
      { key: Buffer.from('a'), timestamp: 6 },
    ]);
    driver.close();
    expect(log).toEqual(['init ', 'close', 'init a,1', 'close']);
  });

  it('fails as any operator: its record goes to the dead letters', () => {
    const builder = new StreamsBuilder();
    builder.stream('in', strings).process(
      processing(() => {
        throw new Error('no');
      }),
      { name: 'refusing' },
    );
    const driver = new TopologyTestDriver(builder.build());
    driver.createInputTopic('in', strings).pipeInput('k', 'v');
    expect(driver.rawRecords('in.dlq')[0]?.headers).toContainEqual([
      '__connect.errors.class.name',
      Buffer.from('refusing'),
    ]);
  });

  it('that cannot begin stops the application', () => {
    const builder = new StreamsBuilder();
    builder.stream('in', strings).process(
      (): Processor<string, string, string, string> => ({
        init: () => {
          throw new Error('no connection');
        },
        process: () => undefined,
      }),
      { name: 'p' },
    );
    expect(() => new TopologyTestDriver(builder.build())).toThrow(
      expect.objectContaining({ code: 'PROCESSOR_FAILED' }),
    );
  });
});

describe('a processor that keeps keys', () => {
  it('is followed by groupings without a topic', () => {
    class Length implements FixedKeyProcessor<string, string, number> {
      #context!: FixedKeyProcessorContext<string, number>;
      init = (context: FixedKeyProcessorContext<string, number>): void => {
        this.#context = context;
      };
      process = (record: FixedKeyRecord<string, string>): void => {
        this.#context.forward(record.withValue(record.value.length).withTimestamp(record.timestamp + 1));
      };
    }
    const builder = new StreamsBuilder();
    const lengths = builder.stream('in', strings).processValues(() => new Length());
    lengths
      .groupByKey({ value: longSerde })
      .reduce((one, other) => one + other, { store: 'sums' })
      .toStream()
      .to('out');
    const driver = new TopologyTestDriver(builder.build());
    driver.createInputTopic('in', strings).pipeInput('k', 'abc', { timestamp: 1 });
    driver.createInputTopic('in', strings).pipeInput('k', 'ab', { timestamp: 2 });
    expect(
      driver.createOutputTopic('out', { key: stringSerde, value: longSerde }).readRecords(),
    ).toMatchObject([
      { key: 'k', value: 3, timestamp: 2 },
      { key: 'k', value: 5, timestamp: 3 },
    ]);
  });

  it('may forward a record that came before under the key that it had', () => {
    const held: FixedKeyRecord<string, string>[] = [];
    const builder = new StreamsBuilder();
    builder
      .stream('in', strings)
      .processValues((): FixedKeyProcessor<string, string, string> => {
        let context: FixedKeyProcessorContext<string, string> | undefined;
        return {
          init: (given) => {
            context = given;
          },
          process: (record) => {
            const before = held.pop();
            if (before !== undefined) context?.forward(before);
            held.push(record);
          },
        };
      })
      .to('out', strings);
    const driver = new TopologyTestDriver(builder.build());
    const input = driver.createInputTopic('in', strings);
    input.pipeInput('a', '1');
    input.pipeInput('b', '2');
    expect(driver.createOutputTopic('out', strings).readRecords()).toMatchObject([{ key: 'a', value: '1' }]);
  });
});

describe('a table whose values a transformer makes', () => {
  const changes = Stores.keyValue('changes', { key: stringSerde, value: longSerde });

  function numbered(kept: { store?: string }): {
    driver: TopologyTestDriver;
    pipe: (value: string | null) => unknown;
  } {
    const builder = new StreamsBuilder();
    builder
      .table('in', { ...strings, store: 'rows' })
      .transformValues(
        () => {
          let store: KeyValueStore<string, number>;
          return {
            init: (context) => {
              store = context.getStateStore('changes');
            },
            transform: (key: string, value: string | null) => {
              const count = (store.get(key) ?? 0) + 1;
              store.put(key, count);
              return value === null ? null : `${value}#${count}`;
            },
          };
        },
        { stores: [changes], value: stringSerde, ...kept },
      )
      .toStream()
      .to('out', { value: nullable(stringSerde) });
    const driver = new TopologyTestDriver(builder.build());
    const out = driver.createOutputTopic('out', strings);
    return {
      driver,
      pipe: (value) => {
        driver.createInputTopic('in', strings).pipeInput('k', value);
        return out.readRecords().map((record) => record.value);
      },
    };
  }

  it('hears of deletions, and has stores', () => {
    const { pipe } = numbered({});
    expect(['a', 'b', null].map(pipe)).toEqual([['a#1'], ['b#2'], [null]]);
  });

  it('is kept where it has a store', () => {
    const { pipe, driver } = numbered({ store: 'numbered' });
    expect(['a', 'b'].map(pipe)).toEqual([['a#1'], ['b#2']]);
    expect(driver.keyValueStore<string>('numbered').get(Buffer.from('k'))?.value).toBe('b#2');
  });
});
