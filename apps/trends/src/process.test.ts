import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { interaction, itemTrend } from '@mesh/contracts';
import { until } from '@mesh/jest/until.mjs';
import { createAvroSerde } from '@mesh/serde';
import { glueSchemaRegistry } from '@mesh/serde/glue';
import { startServiceProcess, type ServiceProcess } from '@mesh/service/testing';
import { plays, startTestMesh, type TestMesh } from '@mesh/testkit';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const HOUR = 3_600_000;
const DAY_START = Date.UTC(2026, 0, 5);

let mesh: TestMesh;
let state: string;
const started: ServiceProcess[] = [];

beforeAll(async () => {
  state = mkdtempSync(join(tmpdir(), 'trends-'));
  mesh = await startTestMesh();
}, 120_000);
afterAll(async () => {
  await mesh?.stop();
  rmSync(state, { recursive: true, force: true });
});
afterEach(async () => {
  for (const { child, exit } of started.splice(0)) {
    child.kill('SIGKILL');
    await exit;
  }
});

function start(environment: Readonly<Record<string, string>> = {}): ServiceProcess {
  const own = { APPLICATION_INSTANCE_ID: 'trends-0', STATE_DIRECTORY: state, ...environment };
  const service = startServiceProcess(MAIN, { ...mesh.env, ...own });
  started.push(service);
  return service;
}

/** What compaction would leave of a topic: the last committed value of each key, of transactions that still end, too. */
async function compacted(topic: string): Promise<Map<string, Buffer>> {
  const admin = mesh.client.admin();
  const partitions = [0, 1, 2, 3].map((partition) => ({ topic, partition }));
  const ends = new Map(
    (await admin.endOffsets(partitions, 'read_uncommitted')).map(({ partition, offset }) => [
      partition,
      offset,
    ]),
  );
  await admin.close();
  const reader = await mesh.client.reader(partitions.map((partition) => ({ ...partition, offset: 0 })));
  const found = new Map<string, Buffer>();
  await until(`${topic} is read`, async () => {
    for (const { partition, records, nextOffset } of await reader.poll(100)) {
      for (const { key, value } of records)
        found.set(key?.toString('latin1') ?? '', value ?? Buffer.alloc(0));
      if (nextOffset >= (ends.get(partition) ?? 0)) ends.delete(partition);
    }
    return [...ends.values()].every((end) => end === 0);
  });
  await reader.close();
  return found;
}

/** The store's counts: the changelog's keys are item, window start (8 bytes) and sequence number (4 bytes). */
async function countsInStore(): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const [latin1, value] of await compacted('trends-plays-per-item-changelog')) {
    const key = Buffer.from(latin1, 'latin1');
    const start = Number(key.readBigInt64BE(key.length - 12));
    counts.set(`${key.toString('utf8', 0, key.length - 12)}@${start}`, Number(value.readBigInt64BE(0)));
  }
  return counts;
}

const sorted = <V>(map: ReadonlyMap<string, V>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));

describe('the process of trends', () => {
  it('counts every play once, over a kill -9, also where its record was repeated, from its state on disk', async () => {
    const listened = plays(6_000);
    const counts = new Map<string, number>();
    for (const { itemId, itemType, occurredAt } of listened) {
      const window = `${itemType}/${itemId}@${occurredAt - (occurredAt % HOUR)}`;
      counts.set(window, (counts.get(window) ?? 0) + 1);
    }
    await mesh.publish(interaction, listened.slice(0, 4_000));
    const first = start();
    await until('some are read', async () => (await mesh.committed('trends', interaction.topic)) > 500);
    first.child.kill('SIGKILL');
    await first.exit;
    // As a producer does that got no answer: in the same partition, after others, with another process counting.
    await mesh.publish(interaction, [...listened.slice(3_000, 4_000), ...listened.slice(4_000)]);

    // From one event loop to workers, which take over what is on disk.
    const second = start({ STREAM_THREADS: '2' });
    const sum = async () => [...(await countsInStore()).values()].reduce((total, count) => total + count, 0);
    const read = async () => mesh.committed('trends', interaction.topic);
    await until('all are counted', async () => (await read()) >= 7_000 && (await sum()) >= 6_000);
    second.child.kill('SIGTERM');
    expect(await second.exit).toBe(0);

    expect(readdirSync(join(state, 'trends'))).not.toHaveLength(0);
    expect(await read()).toBe(7_000);
    expect(sorted(await countsInStore())).toEqual(sorted(counts));

    const registry = glueSchemaRegistry({
      registryName: 'music-mesh',
      region: 'us-east-1',
      endpoint: mesh.cloud.url,
    });
    const serde = await createAvroSerde({ contract: itemTrend, registry });
    const trends = [...(await compacted(itemTrend.topic)).values()].map((value) =>
      serde.deserialize(itemTrend.topic, value),
    );
    const newest = new Map([...counts].filter(([window]) => window.endsWith(`@${DAY_START + HOUR}`)));
    const published = trends.map((trend): [string, number] => [
      `${trend.itemType}/${trend.itemId}@${trend.windowStart}`,
      trend.plays,
    ]);
    expect(sorted(new Map(published))).toEqual(sorted(newest));
  }, 120_000);
});
