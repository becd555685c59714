import { describe, expect, it } from '@jest/globals';
import {
  bytesSerde,
  longSerde,
  Stores,
  StreamsBuilder,
  stringSerde,
  Windowed,
  type KeyValueStore,
  type Processor,
  type ProcessorContext,
  type SessionStore,
  type StoresOf,
  type VersionedKeyValueStore,
  type WindowStore,
} from '../index.js';
import { TopologyTestDriver } from './topology-test-driver.js';

const strings = { key: stringSerde, value: stringSerde };

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
