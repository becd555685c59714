import { describe, expect, it } from '@jest/globals';
import {
  isFailure,
  longSerde,
  QueryableStoreTypes,
  SessionWindows,
  SlidingWindows,
  StateQueryError,
  StreamsBuilder,
  stringSerde,
  TimeWindows,
  Windowed,
} from '../../index.js';
import { TopologyTestDriver, type TestInputTopic } from '../../testing/index.js';

const strings = { key: stringSerde, value: stringSerde };
const { keyValue, window, session, versioned } = QueryableStoreTypes;

interface Opened {
  readonly driver: TopologyTestDriver;
  readonly input: TestInputTopic<string, string>;
}

function open(draw: (builder: StreamsBuilder) => unknown): Opened {
  const builder = new StreamsBuilder();
  draw(builder);
  const driver = new TopologyTestDriver(builder.build(), { applicationId: 'app' });
  return { driver, input: driver.createInputTopic('in', strings) };
}

async function collect<T>(entries: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const entry of entries) found.push(entry);
  return found;
}

const counted = (): Opened =>
  open((builder) => builder.stream('in', strings).groupByKey().count({ store: 'counts' }));

describe('a key-value store', () => {
  it('is read by key, range and prefix, in byte order', async () => {
    const { driver, input } = counted();
    for (const key of ['b', 'a', 'c', 'ab', 'b', 'é']) input.pipeInput(key, 'x', { timestamp: 7 });
    const store = driver.store('counts', keyValue(stringSerde, longSerde));
    expect(await store.get('b')).toEqual({ value: 2, timestamp: 7 });
    expect(await store.get('z')).toBeUndefined();
    const keys = async (entries: AsyncIterable<readonly [string, unknown]>): Promise<string[]> =>
      (await collect(entries)).map(([key]) => key);
    expect(await keys(store.all())).toEqual(['a', 'ab', 'b', 'c', 'é']);
    expect(await keys(store.range({ from: 'ab', to: 'c' }))).toEqual(['ab', 'b', 'c']);
    expect(await keys(store.range({ from: 'b' }))).toEqual(['b', 'c', 'é']);
    expect(await keys(store.range({ to: 'a' }))).toEqual(['a']);
    expect(await keys(store.prefix('a', stringSerde))).toEqual(['a', 'ab']);
    expect(await keys(store.prefix('x', stringSerde))).toEqual([]);
  });

  it('goes on in portions where there is more than the limit, without a repetition', async () => {
    const { driver, input } = counted();
    const keys = Array.from({ length: 2_500 }, (_, index) => `key-${String(index).padStart(4, '0')}`);
    for (const key of keys) input.pipeInput(key, 'x');
    const store = driver.store('counts', keyValue(stringSerde, longSerde));
    expect((await collect(store.all())).map(([key]) => key)).toEqual(keys);
    const query = { type: 'range', prefix: Buffer.from('key-1') } as const;
    const [first] = await driver.query({ store: 'counts', query, limit: 2 });
    if (first === undefined || isFailure(first)) throw new Error('no answer');
    expect(first.entries.map(({ key }) => Buffer.from(key).toString())).toEqual(['key-1000', 'key-1001']);
    const { cursor } = first;
    if (cursor === undefined) throw new Error('no cursor');
    const [second] = await driver.query({ store: 'counts', query, cursor, partitions: [0], limit: 998 });
    if (second === undefined || isFailure(second)) throw new Error('no answer');
    expect(second.entries).toHaveLength(998);
    expect(second.cursor).toBeUndefined();
  });
});

describe('a window store', () => {
  const times = [1, 12, 13, 25] as const;

  it('is read by key and time, and over all keys', async () => {
    const { driver, input } = open((builder) =>
      builder
        .stream('in', strings)
        .groupByKey()
        .windowedBy(TimeWindows.of({ sizeMs: 10, graceMs: 100 }))
        .count({ store: 'windows' }),
    );
    for (const timestamp of times) input.pipeInput('k', 'x', { timestamp });
    input.pipeInput('j', 'x', { timestamp: 14 });
    const store = driver.store('windows', window(stringSerde, longSerde));
    expect(await store.get('k', 10)).toEqual({ value: 2, timestamp: 13 });
    expect(await store.get('k', 11)).toBeUndefined();
    expect(await collect(store.fetch('k', { from: 10 }))).toEqual([
      [new Windowed('k', 10, 20), { value: 2, timestamp: 13 }],
      [new Windowed('k', 20, 30), { value: 1, timestamp: 25 }],
    ]);
    const all = async (time?: { from: number; to: number }): Promise<string[]> =>
      (await collect(store.fetchAll(time))).map(([{ key, start, end }]) => `${key}@${start}/${end}`);
    expect(await all()).toEqual(['k@0/10', 'j@10/20', 'k@10/20', 'k@20/30']);
    expect(await all({ from: 10, to: 10 })).toEqual(['j@10/20', 'k@10/20']);
    const portions = [];
    let cursor: Uint8Array | undefined;
    do {
      const [answer] = await driver.query({
        ...{ store: 'windows', query: { type: 'windowRange' }, partitions: [0], limit: 1 },
        ...(cursor === undefined ? {} : { cursor }),
      });
      if (answer === undefined || isFailure(answer)) throw new Error('no answer');
      portions.push(
        ...answer.entries.map((entry) => `${Buffer.from(entry.key).toString()}@${entry.window?.start}`),
      );
      ({ cursor } = answer);
    } while (cursor !== undefined);
    expect(portions).toEqual(['k@0', 'j@10', 'k@10', 'k@20']);
  });

  it('of sliding windows too', async () => {
    const { driver, input } = open((builder) =>
      builder
        .stream('in', strings)
        .groupByKey()
        .windowedBy(SlidingWindows.of({ timeDifferenceMs: 10, graceMs: 100 }))
        .count({ store: 'sliding' }),
    );
    for (const timestamp of [20, 25]) input.pipeInput('k', 'x', { timestamp });
    const store = driver.store('sliding', window(stringSerde, longSerde));
    expect(await collect(store.fetch('k'))).toEqual([
      [new Windowed('k', 10, 20), { value: 1, timestamp: 20 }],
      [new Windowed('k', 15, 25), { value: 2, timestamp: 25 }],
      [new Windowed('k', 21, 31), { value: 1, timestamp: 25 }],
    ]);
    expect((await collect(store.fetchAll({ from: 15 }))).map(([{ start }]) => start)).toEqual([15, 21]);
  });
});

describe('a session store', () => {
  it('is read by key, and by when sessions end and start', async () => {
    const { driver, input } = open((builder) =>
      builder
        .stream('in', strings)
        .groupByKey()
        .windowedBy(SessionWindows.of({ gapMs: 5, graceMs: 100 }))
        .count({ store: 'sessions' }),
    );
    for (const timestamp of [1, 3, 20, 40]) input.pipeInput('k', 'x', { timestamp });
    const store = driver.store('sessions', session(stringSerde, longSerde));
    expect(await collect(store.fetch('k'))).toEqual([
      [new Windowed('k', 1, 3), { value: 2, timestamp: 3 }],
      [new Windowed('k', 20, 20), { value: 1, timestamp: 20 }],
      [new Windowed('k', 40, 40), { value: 1, timestamp: 40 }],
    ]);
    const within = await collect(store.fetch('k', { earliestEnd: 4, latestStart: 39 }));
    expect(within.map(([{ start }]) => start)).toEqual([20]);
  });
});

describe('a versioned store', () => {
  it('is read as of a time, and over a range of times', async () => {
    const { driver, input } = open((builder) =>
      builder.table('in', { ...strings, store: 'prices', historyRetentionMs: 1_000 }),
    );
    for (const [value, timestamp] of [
      ['one', 10],
      ['two', 20],
      [null, 30],
      ['four', 40],
    ] as const) {
      input.pipeInput('k', value, { timestamp });
    }
    const store = driver.store('prices', versioned(stringSerde, stringSerde));
    expect(await store.get('k')).toEqual({ value: 'four', timestamp: 40 });
    expect(await store.asOf('k', 25)).toEqual({ value: 'two', timestamp: 20 });
    expect(await store.asOf('k', 35)).toBeUndefined();
    expect(await collect(store.versions('k'))).toEqual([
      { value: 'four', timestamp: 40, validTo: undefined },
      { value: 'two', timestamp: 20, validTo: 30 },
      { value: 'one', timestamp: 10, validTo: 20 },
    ]);
    expect((await collect(store.versions('k', { from: 20, to: 39 }))).map(({ value }) => value)).toEqual([
      'two',
    ]);
  });
});

describe('a global table', () => {
  it('is read whole', async () => {
    const builder = new StreamsBuilder();
    builder.globalTable('cities', { ...strings, store: 'cities' });
    builder.stream('in', strings).to('out');
    const driver = new TopologyTestDriver(builder.build());
    driver.createInputTopic('cities', strings).pipeInput('k', 'Bern', { timestamp: 3 });
    const cities = driver.store('cities', keyValue(stringSerde, stringSerde));
    expect(await cities.get('k')).toEqual({ value: 'Bern', timestamp: 3 });
    expect(await collect(cities.all())).toEqual([['k', { value: 'Bern', timestamp: 3 }]]);
  });
});

describe('a query', () => {
  it('is answered with the position of what it saw, and refused where that is short of its bound', async () => {
    const { driver, input } = counted();
    const query = { type: 'key', key: Buffer.from('k') } as const;
    expect(await driver.query({ store: 'counts', query })).toMatchObject([{ position: { in: { 0: -1 } } }]);
    for (let count = 0; count < 3; count++) input.pipeInput('k', 'x', { timestamp: 5 });
    const value = new Uint8Array(longSerde.serialize('', 3, []));
    expect(await driver.query({ store: 'counts', query, positionBound: { in: { 0: 2, 1: 99 } } })).toEqual([
      {
        partition: 0,
        role: 'active',
        position: { in: { 0: 2 } },
        entries: [{ key: new Uint8Array(query.key), value, timestamp: 5 }],
      },
    ]);
    for (const bound of [{ in: { 0: 3 } }, { other: { 0: 0 } }]) {
      expect(await driver.query({ store: 'counts', query, positionBound: bound })).toMatchObject([
        { partition: 0, failure: 'NOT_UP_TO_BOUND' },
      ]);
    }
  });

  it('crosses to another thread as it is, and its answer back', async () => {
    const { driver, input } = counted();
    input.pipeInput('k', 'x', { timestamp: 5 });
    const request = { store: 'counts', query: { type: 'range', from: Buffer.from('a') } } as const;
    const result = await driver.query(structuredClone(request));
    expect(structuredClone(result)).toEqual(result);
    const [answer] = result;
    if (answer === undefined || isFailure(answer)) throw new Error('no answer');
    // Nothing of the pool that small buffers share goes along.
    expect(answer.entries[0]?.key.buffer.byteLength).toBe(1);
  });

  it('says what it cannot be answered for', async () => {
    const { driver } = counted();
    const reason = async (promise: Promise<unknown>): Promise<unknown> =>
      promise.then(
        () => undefined,
        (error: unknown) => (error instanceof StateQueryError ? error.reason : error),
      );
    expect(await reason(driver.query({ store: 'none', query: { type: 'range' } }))).toBe('STORE_NOT_FOUND');
    expect(await reason(driver.query({ store: 'counts', query: { type: 'windowRange' } }))).toBe(
      'UNKNOWN_QUERY_TYPE',
    );
    expect(
      await driver.query({ store: 'counts', query: { type: 'range' }, partitions: [0, 3] }),
    ).toMatchObject([
      { partition: 0, entries: [] },
      { partition: 3, failure: 'NOT_PRESENT' },
    ]);
    const wrong = driver.store('counts', window(stringSerde, longSerde));
    expect(await reason(collect(wrong.fetch('k')))).toBe('UNKNOWN_QUERY_TYPE');
  });
});
