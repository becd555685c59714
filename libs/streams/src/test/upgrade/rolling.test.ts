import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Assignor, type KafkaClient, partitionFor } from '@mesh/kafka';
import { setTimeout as sleep } from 'node:timers/promises';
import { KafkaStreams, longSerde } from '../../index.js';
import { until } from '@mesh/jest/until.mjs';
import { TestCluster, text } from '../cluster.js';
import { laterMessage } from '../group-messages.js';
import { countingTopology } from '../topologies.js';

const NAME = 'rolling';
const PARTITIONS = 4;
const GROUPS = 6;

/** How members of a version talk to each other: what it makes of what this one has, by assignor. */
type Speaks = (assignor: Assignor) => Assignor | undefined;

/** Those before tasks were shared out know partitions only. */
const before: Speaks = (assignor) => (assignor.name === 'range' ? assignor : undefined);
const present: Speaks = (assignor) => assignor;
/** A version that is not written yet, which says more, and that this one understands it. */
const after: Speaks = (assignor) => {
  if (assignor.name === 'range') return assignor;
  const say = (data: Buffer | null | undefined): Buffer => {
    const body = JSON.parse(data?.toString('utf8', 4) ?? '{}') as object;
    return laterMessage(1, { ...body, news: [1] });
  };
  return {
    name: assignor.name,
    protocol: assignor.protocol,
    subscriptionUserData: () => say(assignor.subscriptionUserData?.()),
    assign: (group) => assignor.assign(group),
    onAssignment: (assignment) => assignor.onAssignment?.(assignment),
  };
};

interface Instance {
  readonly app: KafkaStreams;
  /** By which assignor it was given something last, and in which version the leader told it of tasks. */
  told: { readonly by: string; readonly version: number | undefined } | undefined;
}

let cluster: TestCluster;
let apps: KafkaStreams[] = [];

beforeAll(async () => {
  cluster = await TestCluster.start();
  await cluster.createTopics(PARTITIONS, `${NAME}-in`, `${NAME}-copies`, `${NAME}-counts`);
}, 180_000);

afterEach(async () => {
  await Promise.all(apps.map((app) => app.close()));
  apps = [];
});

afterAll(() => cluster.stop());

async function start(speaks: Speaks): Promise<Instance> {
  const { client } = cluster;
  const hear = (assignor: Assignor): Assignor => ({
    name: assignor.name,
    protocol: assignor.protocol,
    ...(assignor.subscriptionUserData === undefined
      ? {}
      : { subscriptionUserData: () => assignor.subscriptionUserData?.() ?? null }),
    assign: (group) => assignor.assign(group),
    onAssignment: (assignment) => {
      instance.told = { by: assignor.name, version: assignment.userData?.readInt16BE(0) };
      assignor.onAssignment?.(assignment);
    },
  });
  const spoken: KafkaClient = {
    driver: client.driver,
    capabilities: client.capabilities,
    consumer: ({ assignors = [], ...options }) => {
      const [first, ...others] = assignors.flatMap((each) => speaks(each) ?? []).map(hear);
      if (first === undefined) throw new TypeError('a version shares out by something');
      return client.consumer({ ...options, assignors: [first, ...others] });
    },
    producer: (options) => client.producer(options),
    transactionalProducer: (options) => client.transactionalProducer(options),
    reader: (from) => client.reader(from),
    admin: () => client.admin(),
    close: () => client.close(),
  };
  const app = new KafkaStreams(countingTopology(NAME), {
    applicationId: NAME,
    client: spoken,
    processingGuarantee: 'exactly_once_v2',
    commitIntervalMs: 50,
    onFailure: () => 'fail',
  });
  apps.push(app);
  const instance: Instance = { app, told: undefined };
  await app.start();
  await running(instance);
  return instance;
}

/** Waits until it has tasks and processes. */
async function running({ app }: Instance): Promise<void> {
  const processed = (): number =>
    app
      .metrics()
      .filter(({ name }) => name === 'process-total')
      .reduce((sum, { value }) => sum + value, 0);
  await until('an instance has tasks', () => {
    if (app.error !== undefined) throw app.error;
    return app.ready && app.metrics().some(({ labels }) => 'task-id' in labels);
  });
  const at = processed();
  await until('an instance processes', () => processed() > at + 20);
}

/** One instance after the other is replaced, as in a rolling restart. */
async function roll(instances: readonly Instance[], to: Speaks): Promise<readonly Instance[]> {
  const next: Instance[] = [];
  for (const instance of instances) {
    await instance.app.close();
    next.push(await start(to));
    // Both that are there now.
    for (const other of [...next, ...instances.slice(next.length)]) await running(other);
  }
  return next;
}

describe('rolling restarts between versions, with records coming all the time', () => {
  it('lose nothing, repeat nothing, and have the members understand each other', async () => {
    let written = 0;
    let stopped = false;
    const producer = cluster.client.producer();
    const writing = (async (): Promise<void> => {
      while (!stopped) {
        const records = Array.from({ length: 20 }, () => {
          const id = written++;
          return {
            key: Buffer.from(`k${id}`),
            value: Buffer.from(`g${id % GROUPS}:${id}`),
            // One window of each group.
            timestamp: 1_700_000_000_000,
          };
        });
        await producer.send([{ topic: `${NAME}-in`, records }]);
        await sleep(20);
      }
    })();

    const old = await Promise.all([start(before), start(before)]);
    expect(old.map(({ told }) => told?.by)).toEqual(['range', 'range']);

    const now = await roll(old, present);
    await until('tasks are shared out', () => now.every(({ told }) => told?.by === 'mesh-stream'));
    for (const instance of now) await running(instance);

    await now[0]?.app.close();
    const newer = await start(after);
    await until('the newer is told', () => newer.told?.by === 'mesh-stream');
    // In the version that all of them know.
    expect(newer.told?.version).toBe(1);
    const rest = await roll(now.slice(1), after);
    for (const instance of [newer, ...rest]) await running(instance);

    stopped = true;
    await writing;
    await producer.close();
    await cluster.untilProcessed(NAME, [`${NAME}-in`, `${NAME}-by-group-repartition`]);

    const copies = (await cluster.readAll(`${NAME}-copies`)).map(({ key }) => text(key));
    expect(copies.sort()).toEqual(Array.from({ length: written }, (_, id) => `k${id}`).sort());
    const counts = new Map<string, number[]>();
    for (const { key, value } of await cluster.readAll(`${NAME}-counts`)) {
      const list = counts.get(text(key)) ?? [];
      list.push(longSerde.deserialize('', value ?? Buffer.alloc(8), []));
      counts.set(text(key), list);
    }
    expect(counts.size).toBe(GROUPS);
    for (const list of counts.values()) expect(list).toEqual(list.map((_, index) => index + 1));
    expect([...counts.values()].reduce((sum, { length }) => sum + length, 0)).toBe(written);
    expect(new Set(copies.map((key) => partitionFor(Buffer.from(key), PARTITIONS))).size).toBe(PARTITIONS);
  }, 300_000);
});
