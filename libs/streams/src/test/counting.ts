import { expect } from '@jest/globals';
import { longSerde } from '../index.js';
import { until } from '@mesh/jest/until.mjs';
import { text, type TestCluster } from './cluster.js';
import { WINDOW_MS } from './topologies.js';

/** What `countingTopology` is fed with, and what must come of it. */

export const PARTITIONS = 3;
const GROUPS = 10;
const CHUNK = 500;
const TIME = Date.UTC(2026, 0, 1);

/** Writes records to `<name>-in` for as long as a test goes on, and says at the end what must come of them. */
export class Feed {
  readonly #cluster: TestCluster;
  readonly #name: string;
  readonly #done: Promise<void>;
  #count = 0;
  #stopped = false;

  constructor(cluster: TestCluster, name: string) {
    this.#cluster = cluster;
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
      await this.#cluster.produce(`${this.#name}-in`, records);
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
export async function verify(cluster: TestCluster, name: string, inputs: number): Promise<void> {
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
export async function counted(cluster: TestCluster, name: string): Promise<number> {
  const topic = `${name}-counts`;
  const admin = cluster.client.admin();
  const ends = await admin.endOffsets(
    Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition })),
  );
  await admin.close();
  return ends.reduce((sum, { offset }) => sum + offset, 0);
}

/** Waits until all that there is has been processed. */
export async function committedAll(cluster: TestCluster, name: string): Promise<void> {
  const admin = cluster.client.admin();
  const topics = [`${name}-in`, `${name}-by-group-repartition`];
  const partitions = topics.flatMap((topic) =>
    Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition })),
  );
  await until(`${name} is done`, async () => {
    // In this order: what is committed of the first topic is in the second one by then, decided or not.
    const committed = await admin.groupOffsets(name);
    const ends = await admin.endOffsets(partitions, 'read_uncommitted');
    return ends.every(({ topic, partition, offset }) =>
      committed.some((at) => at.topic === topic && at.partition === partition && at.offset >= offset),
    );
  });
  await admin.close();
}
