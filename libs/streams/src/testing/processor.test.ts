import { describe, expect, it } from '@jest/globals';
import {
  bytesSerde,
  longSerde,
  nullable,
  Stores,
  StreamsBuilder,
  StreamsError,
  stringSerde,
  Windowed,
  type FixedKeyProcessor,
  type FixedKeyProcessorContext,
  type FixedKeyRecord,
  type KeyValueStore,
  type Processor,
  type ProcessorContext,
  type ProcessorRecord,
  type SessionStore,
  type StoresOf,
  type VersionedKeyValueStore,
  type WindowStore,
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

describe('a punctuation', () => {
  /** Notes the time of each call, by a schedule that a processor makes as it begins. */
  function punctuated(
    schedule: (context: ProcessorContext<string, string>, note: (time: number) => void) => void,
  ): { driver: TopologyTestDriver; at: (timestamp: number) => readonly string[] } {
    const builder = new StreamsBuilder();
    builder
      .stream('in', strings)
      .process((): Processor<string, string, string, string> => {
        return {
          init: (context) =>
            schedule(context, (time) =>
              context.forward({ key: 'p', value: String(time), timestamp: time, headers: [] }),
            ),
          process: () => undefined,
        };
      })
      .to('out', strings);
    const driver = new TopologyTestDriver(builder.build());
    const out = driver.createOutputTopic('out', strings);
    return {
      driver,
      at: (timestamp) => {
        driver.createInputTopic('in', strings).pipeInput('k', 'v', { timestamp });
        return out.readRecords().map(({ value }) => value ?? '');
      },
    };
  }

  it('on stream time comes with the first record, then once for all intervals that have passed', () => {
    const { at } = punctuated((context, note) => context.schedule(10, 'stream-time', note));
    expect([5, 9, 10, 19, 17, 45, 49, 50].map(at)).toEqual([['5'], [], ['10'], [], [], ['45'], [], ['50']]);
  });

  it('on stream time may be anchored', () => {
    const { at } = punctuated((context, note) =>
      context.schedule(10, 'stream-time', note, { startTimeMs: 7 }),
    );
    expect([5, 7, 16, 17].map(at)).toEqual([[], ['7'], [], ['17']]);
  });

  it('ends when it is cancelled, from within too', () => {
    const { at } = punctuated((context, note) => {
      const schedule = context.schedule(10, 'stream-time', (time) => {
        note(time);
        if (time >= 20) schedule.cancel();
      });
    });
    expect([1, 10, 20, 30].map(at)).toEqual([['1'], ['10'], ['20'], []]);
  });

  it('on wall-clock time needs no record, and comes once for a long wait', () => {
    const times: number[] = [];
    const { driver } = punctuated((context, note) =>
      context.schedule(10, 'wall-clock-time', (time) => {
        times.push(time);
        expect(context.recordMetadata).toBeUndefined();
        note(time);
      }),
    );
    for (const ms of [9, 1, 35, 4, 1]) driver.advanceWallClockTime(ms);
    expect(times).toEqual([10, 45, 50]);
    expect(driver.rawRecords('out')).toMatchObject([{ timestamp: 10 }, { timestamp: 45 }, { timestamp: 50 }]);
  });

  it('that fails stops the application: there is no record to put aside', () => {
    const { driver } = punctuated((context) =>
      context.schedule(10, 'wall-clock-time', () => {
        throw new Error('no');
      }),
    );
    const thrown = (): unknown => {
      try {
        driver.advanceWallClockTime(10);
        return undefined;
      } catch (error) {
        return error;
      }
    };
    expect(thrown()).toMatchObject({ code: 'PROCESSOR_FAILED' });
  });

  it('refuses an interval that is none', () => {
    expect(() => punctuated((context, note) => context.schedule(0, 'stream-time', note))).toThrow(
      StreamsError,
    );
  });
});

describe('the stores of processors', () => {
  it('are shared by those that are given them, in one task', () => {
    const shared = Stores.keyValue('shared', { key: stringSerde, value: stringSerde });
    type Shared = StoresOf<typeof shared>;
    const builder = new StreamsBuilder();
    builder.addStateStore(shared);
    builder.stream('writes', strings).process(
      (): Processor<string, string, never, never, Shared> => {
        let store: KeyValueStore<string, string>;
        return {
          init: (context) => {
            store = context.getStateStore('shared');
          },
          process: ({ key, value }) => store.put(key, value),
        };
      },
      { stores: [shared] },
    );
    builder
      .stream('reads', strings)
      .process(
        (): Processor<string, string, string, string | undefined, Shared> => {
          let given: ProcessorContext<string, string | undefined, Shared>;
          return {
            init: (context) => {
              given = context;
            },
            process: (record) =>
              given.forward({ ...record, value: given.getStateStore('shared').get(record.key) }),
          };
        },
        { stores: [shared] },
      )
      .mapValues((value) => value ?? 'none')
      .to('out', strings);
    const topology = builder.build();
    expect(topology.subTopologies).toHaveLength(1);
    const driver = new TopologyTestDriver(topology);
    driver.createInputTopic('writes', strings).pipeInput('k', 'v');
    driver.createInputTopic('reads', strings).pipeInput('k', '');
    driver.createInputTopic('reads', strings).pipeInput('l', '');
    expect(
      driver
        .createOutputTopic('out', strings)
        .readRecords()
        .map(({ value }) => value),
    ).toEqual(['v', 'none']);
  });

  it('of one name must be one store', () => {
    const builder = new StreamsBuilder();
    builder.addStateStore(Stores.keyValue('s', strings));
    expect(() => builder.addStateStore(Stores.keyValue('s', strings))).toThrow(
      /two operators keep a store s/,
    );
  });

  /** Runs something in a processor that has one store. */
  function within<S extends object>(
    store: Parameters<StreamsBuilder['addStateStore']>[0],
    use: (store: S) => unknown,
  ): unknown {
    const results: unknown[] = [];
    const builder = new StreamsBuilder();
    builder.stream('in', strings).process(
      (): Processor<string, string, never, never> => {
        let given: S;
        return {
          init: (context) => {
            given = context.getStateStore(store.name as never);
          },
          process: () => results.push(use(given)),
        };
      },
      { stores: [store] },
    );
    const driver = new TopologyTestDriver(builder.build(), { onFailure: () => 'fail' });
    driver.createInputTopic('in', strings).pipeInput('k', 'v', { timestamp: 100 });
    return results[0];
  }

  it('by key: put, delete, ranges and prefixes in byte order', () => {
    const store = Stores.keyValue('s', { key: stringSerde, value: longSerde });
    within<KeyValueStore<string, number>>(store, (counts) => {
      for (const [index, key] of ['b', 'a', 'ab', 'c'].entries()) counts.put(key, index);
      expect(counts.putIfAbsent('a', 9)).toBe(1);
      expect(counts.putIfAbsent('d', 9)).toBeUndefined();
      expect(counts.delete('c')).toBe(3);
      expect([...counts.all()]).toEqual([
        ['a', 1],
        ['ab', 2],
        ['b', 0],
        ['d', 9],
      ]);
      expect([...counts.range('ab', 'b')]).toEqual([
        ['ab', 2],
        ['b', 0],
      ]);
      expect([...counts.prefixScan(Buffer.from('a'), bytesSerde)]).toEqual([
        ['a', 1],
        ['ab', 2],
      ]);
      expect(counts.approximateNumEntries).toBe(4);
    });
    expect.assertions(7);
  });

  it('by window', () => {
    const store = Stores.window('s', { ...strings, retentionMs: 50, windowSizeMs: 10 });
    within<WindowStore<string, string>>(store, (windows) => {
      for (const start of [10, 20, 30]) windows.put('k', `v${start}`, start);
      windows.put('j', 'w', 20);
      expect(windows.get('k', 20)).toBe('v20');
      expect([...windows.fetch('k', 10, 20)]).toEqual([
        [10, 'v10'],
        [20, 'v20'],
      ]);
      expect([...windows.fetchAll(20, 30)]).toEqual([
        [new Windowed('j', 20, 30), 'w'],
        [new Windowed('k', 20, 30), 'v20'],
        [new Windowed('k', 30, 40), 'v30'],
      ]);
      windows.put('k', 'late', 60);
      expect([...windows.all()].map(([{ start }]) => start)).toEqual([20, 20, 30, 60]);
    });
    expect.assertions(4);
  });

  it('by session', () => {
    const store = Stores.session('s', { ...strings, retentionMs: 1000 });
    within<SessionStore<string, string>>(store, (sessions) => {
      sessions.put(new Windowed('k', 0, 10), 'a');
      sessions.put(new Windowed('k', 20, 30), 'b');
      sessions.put(new Windowed('k', 20, 30), 'c');
      expect(sessions.fetchSession('k', 20, 30)).toBe('c');
      expect([...sessions.findSessions('k', 5, 15)]).toEqual([[new Windowed('k', 0, 10), 'a']]);
      sessions.remove(new Windowed('k', 0, 10));
      expect([...sessions.fetch('k')]).toEqual([[new Windowed('k', 20, 30), 'c']]);
    });
    expect.assertions(3);
  });

  it('by version', () => {
    const store = Stores.versioned('s', { ...strings, historyRetentionMs: 1000 });
    within<VersionedKeyValueStore<string, string>>(store, (versions) => {
      versions.put('k', 'a', 10);
      versions.put('k', 'b', 20);
      expect(versions.getAsOf('k', 15)).toEqual({ value: 'a', timestamp: 10 });
      expect(versions.delete('k', 30)).toEqual({ value: 'b', timestamp: 20 });
      expect(versions.get('k')).toBeUndefined();
      expect(versions.getAsOf('k', 25)).toEqual({ value: 'b', timestamp: 20 });
    });
    expect.assertions(4);
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
