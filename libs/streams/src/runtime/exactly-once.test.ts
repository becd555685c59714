import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@mesh/jest/until.mjs';
import { TestCluster } from '../test/cluster.js';
import { committedAll, counted, Feed, PARTITIONS, verify } from '../test/counting.js';
import { InstanceProcess } from '../test/instance-process.js';
import type { InstanceOptions } from '../test/instance.js';

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await TestCluster.start();
});

afterAll(async () => {
  await cluster.stop();
});

/** Waits until both sub-topologies have moved on: whatever happens next happens in the middle of the work. */
async function inTheMiddle(name: string, instance: InstanceProcess): Promise<void> {
  const before = await counted(cluster, name);
  await instance.processMore(500);
  await until(`${name} counts on`, async () => (await counted(cluster, name)) > before + 200);
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
      const feed = new Feed(cluster, name);
      let restored = 0;
      for (let kill = 0; kill < 5; kill++) {
        const instance = new InstanceProcess(options(name, extra));
        await inTheMiddle(name, instance);
        await instance.kill();
        restored += instance.restored;
      }
      const inputs = await feed.stop();
      const last = new InstanceProcess(options(name, extra));
      await committedAll(cluster, name);
      expect(await last.stop()).toBe(0);
      expect(restored).toBeGreaterThan(0);
      await verify(cluster, name, inputs);
    },
    180_000,
  );

  it('loses and repeats nothing when an instance is killed and others take over', async () => {
    const name = 'taken-over';
    await cluster.createTopics(PARTITIONS, `${name}-in`, `${name}-copies`, `${name}-counts`);
    const feed = new Feed(cluster, name);
    const survivor = new InstanceProcess(options(name));
    await inTheMiddle(name, survivor);
    for (let kill = 0; kill < 2; kill++) {
      const instance = new InstanceProcess(options(name));
      await inTheMiddle(name, instance);
      await instance.kill();
      await inTheMiddle(name, survivor);
    }
    const inputs = await feed.stop();
    await committedAll(cluster, name);
    expect(await survivor.stop()).toBe(0);
    await verify(cluster, name, inputs);
  }, 180_000);

  it('fences an instance that was stopped for longer than its session and comes back', async () => {
    const name = 'zombie';
    await cluster.createTopics(PARTITIONS, `${name}-in`, `${name}-copies`, `${name}-counts`);
    const feed = new Feed(cluster, name);
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
    await committedAll(cluster, name);
    expect(await other.stop()).toBe(0);
    expect(await zombie.stop()).toBe(0);
    await verify(cluster, name, inputs);
  }, 180_000);
});
