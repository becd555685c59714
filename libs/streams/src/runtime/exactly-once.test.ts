import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { longSerde } from '../index.js';
import { TestCluster, text, until } from '../test/cluster.js';
import { InstanceProcess } from '../test/instance-process.js';
import type { InstanceOptions } from '../test/instance.js';
import { WINDOW_MS } from '../test/topologies.js';

const PARTITIONS = 3;
const GROUPS = 10;
const CHUNK = 500;
const TIME = Date.UTC(2026, 0, 1);

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await TestCluster.start();
});

afterAll(async () => {
  await cluster.stop();
});

/** Writes records to `<name>-in` for as long as a test goes on, and says at the end what must come of them. */
class Feed {
  readonly #name: string;
  readonly #done: Promise<void>;
  #count = 0;
  #stopped = false;

  constructor(name: string) {
    this.#name = name;
    this.#done = this.#run();
  }

  async stop(): Promise<number> {
    this.#stopped = true;
    await this.#done;
    return this.#count;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const records = Array.from({ length: CHUNK }, (_, index) => record(this.#count + index));
      await cluster.produce(`${this.#name}-in`, records);
      this.#count += CHUNK;
    }
  }
}

function record(id: number): { key: Buffer; value: Buffer; timestamp: number } {
  return {
    key: Buffer.from(`key-${id % 97}`),
    value: Buffer.from(`group${id % GROUPS}:${id}`),
    timestamp: TIME + id,
  };
}

/** Group and window of each input, counted. */
function expectedCounts(inputs: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let id = 0; id < inputs; id++) {
    const window = `group${id % GROUPS}@${Math.floor((TIME + id) / WINDOW_MS) * WINDOW_MS}`;
    counts.set(window, (counts.get(window) ?? 0) + 1);
  }
  return counts;
}

/** Each input once, none twice, none missing; and each count's versions 1, 2, … n, once and in order. */
async function verify(name: string, inputs: number): Promise<void> {
  const copies = (await cluster.readAll(`${name}-copies`)).map(({ value }) =>
    Number(text(value).split(':')[1]?.slice(0, -1)),
  );
  const seen = new Set(copies);
  const missing = Array.from({ length: inputs }, (_, id) => id).filter((id) => !seen.has(id));
  expect({ duplicates: copies.length - seen.size, missing }).toEqual({ duplicates: 0, missing: [] });

  const versions = new Map<string, number[]>();
  for (const { key, value } of await cluster.readAll(`${name}-counts`)) {
    const list = versions.get(text(key)) ?? [];
    list.push(longSerde.deserialize('', value ?? Buffer.alloc(0), []));
    versions.set(text(key), list);
  }
  const expected = expectedCounts(inputs);
  expect([...versions.keys()].sort()).toEqual([...expected.keys()].sort());
  for (const [window, count] of expected) {
    expect(versions.get(window)).toEqual(Array.from({ length: count }, (_, index) => index + 1));
  }
}

/** Records that readers may see in the application's last topic. */
async function counted(name: string): Promise<number> {
  const topic = `${name}-counts`;
  const admin = cluster.client.admin();
  const ends = await admin.endOffsets(
    Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition })),
  );
  await admin.close();
  return ends.reduce((sum, { offset }) => sum + offset, 0);
}

/** Waits until both sub-topologies have moved on: whatever happens next happens in the middle of the work. */
async function inTheMiddle(name: string, instance: InstanceProcess): Promise<void> {
  const before = await counted(name);
  await instance.processMore(500);
  await until(`${name} counts on`, async () => (await counted(name)) > before + 200);
}

async function committedAll(name: string): Promise<void> {
  const admin = cluster.client.admin();
  const topics = [`${name}-in`, `${name}-by-group-repartition`];
  const partitions = topics.flatMap((topic) =>
    Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition })),
  );
  await until(`${name} is done`, async () => {
    const ends = await admin.endOffsets(partitions);
    const committed = await admin.groupOffsets(name);
    return ends.every(({ topic, partition, offset }) =>
      committed.some((at) => at.topic === topic && at.partition === partition && at.offset >= offset),
    );
  });
  await admin.close();
}

function options(name: string, extra: Partial<InstanceOptions> = {}): InstanceOptions {
  return {
    brokers: cluster.server.bootstrap,
    name,
    topology: 'counting',
    guarantee: 'exactly_once_v2',
    ...extra,
  };
}

describe('exactly once', () => {
  it.each([
    ['thread', 'killed', { instanceId: 'one' }],
    ['task', 'killed-by-task', { producerPerTask: true }],
  ] as const)(
    'loses and repeats nothing when the process is killed again and again (a producer for each %s)',
    async (_of, name, extra) => {
      await cluster.createTopics(PARTITIONS, `${name}-in`, `${name}-copies`, `${name}-counts`);
      const feed = new Feed(name);
      let restored = 0;
      for (let kill = 0; kill < 5; kill++) {
        const instance = new InstanceProcess(options(name, extra));
        await inTheMiddle(name, instance);
        await instance.kill();
        restored += instance.restored;
      }
      const inputs = await feed.stop();
      const last = new InstanceProcess(options(name, extra));
      await committedAll(name);
      expect(await last.stop()).toBe(0);
      expect(restored).toBeGreaterThan(0);
      await verify(name, inputs);
    },
    180_000,
  );

  it('loses and repeats nothing when an instance is killed and others take over', async () => {
    const name = 'taken-over';
    await cluster.createTopics(PARTITIONS, `${name}-in`, `${name}-copies`, `${name}-counts`);
    const feed = new Feed(name);
    const survivor = new InstanceProcess(options(name));
    await inTheMiddle(name, survivor);
    for (let kill = 0; kill < 2; kill++) {
      const instance = new InstanceProcess(options(name));
      await inTheMiddle(name, instance);
      await instance.kill();
      await inTheMiddle(name, survivor);
    }
    const inputs = await feed.stop();
    await committedAll(name);
    expect(await survivor.stop()).toBe(0);
    await verify(name, inputs);
  }, 180_000);

  it('fences an instance that was stopped for longer than its session and comes back', async () => {
    const name = 'zombie';
    await cluster.createTopics(PARTITIONS, `${name}-in`, `${name}-copies`, `${name}-counts`);
    const feed = new Feed(name);
    const zombie = new InstanceProcess(options(name));
    await inTheMiddle(name, zombie);
    zombie.suspend();
    const other = new InstanceProcess(options(name));
    await inTheMiddle(name, other);
    const seen = zombie.states.length;
    zombie.resume();
    // It comes back, is told that it was missed, and joins again; in between it must not look ready.
    const since = (): readonly string[] => zombie.states.slice(seen).map(({ state }) => state);
    await until('the zombie runs again', () => since().includes('RUNNING'));
    expect(since()[0]).toBe('REBALANCING');
    expect(zombie.states[seen]?.notReady).toEqual(expect.any(String));
    await zombie.processMore(500);
    const inputs = await feed.stop();
    await committedAll(name);
    expect(await other.stop()).toBe(0);
    expect(await zombie.stop()).toBe(0);
    await verify(name, inputs);
  }, 180_000);
});
