import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { partitionFor, type KafkaClient, type ProducerRecord } from '@mesh/kafka';
import type { KafkaServer } from '@mesh/local-cloud';
import { longSerde } from '@mesh/streams';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lmdbStores } from './index.js';
import { until } from '@mesh/jest/until.mjs';
import { endOffsets, readAll, startBroker } from './test/broker.js';
import { temporaryFolder } from './test/temporary-stores.js';
import {
  isBuildRecorded,
  presentBuild,
  recordedBuild,
  startInstance,
  type Build,
  type Instance,
} from './test/upgrade/builds.js';
import { recordedVersions } from './test/upgrade/fixtures.js';

const PARTITIONS = 4;
const GROUPS = 50;
const STORES = ['counts', 'window-counts'];
/** Written before the first instance is replaced, so that a state that is restored anew shows. */
const AT_FIRST = 30_000;
const START = 1_700_000_000_000;
const PATIENCE_MS = 90_000;

let server: KafkaServer;
let client: KafkaClient;
let instances: Instance[] = [];
let feed: Feed | undefined;

beforeAll(async () => {
  ({ server, client } = await startBroker());
}, 180_000);

afterEach(async () => {
  await feed?.stop();
  await Promise.all(instances.map((instance) => instance.end()));
  instances = [];
});

afterAll(async () => {
  await client?.close();
  await server?.stop();
});

/** Records that come all the time. */
class Feed {
  written = 0;
  readonly #done: Promise<void>;
  #stopped = false;

  constructor() {
    this.#done = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#done;
  }

  async #run(): Promise<void> {
    const producer = client.producer();
    while (!this.#stopped) {
      const records = Array.from({ length: this.written < AT_FIRST ? 1_000 : 5 }, () => this.#next());
      await producer.send([{ topic: 'in', records }]);
      await sleep(20);
    }
    await producer.close();
  }

  #next(): ProducerRecord {
    const id = this.written++;
    return {
      key: Buffer.from(`k${id}`),
      value: Buffer.from(`g${id % GROUPS}:${id}`),
      timestamp: START + id,
    };
  }
}

describe.each(recordedVersions().filter(isBuildRecorded))('instances of a build of version %s', (version) => {
  const applicationId = `rolling-${version}`;
  const root = temporaryFolder();
  const directoryOf = (instanceId: string): string => join(root, instanceId);

  function start(build: Build, instanceId: string): Instance {
    const options = {
      applicationId,
      instanceId,
      brokers: server.bootstrap,
      directory: directoryOf(instanceId),
    };
    const instance = startInstance(build, options);
    instances.push(instance);
    return instance;
  }

  /** Waits until it processes, with state. */
  async function working(instance: Instance): Promise<void> {
    const { processed } = instance.report;
    await instance.until(
      'an instance processes',
      (report) => report.ready && report.stores > 0 && report.processed > processed + 20,
      PATIENCE_MS,
    );
  }

  /** Where the changelogs end, by store and partition. */
  async function changelogEnds(): Promise<readonly number[]> {
    const ends = STORES.map((store) => endOffsets(client, `${applicationId}-${store}-changelog`, PARTITIONS));
    return (await Promise.all(ends)).flat();
  }

  /** Up to where an instance has the changelogs on its disk; 0 of tasks that it never had. */
  async function onDisk(instanceId: string): Promise<readonly number[]> {
    const tasks = await lmdbStores({ directory: directoryOf(instanceId) }).list(applicationId);
    return STORES.flatMap((store) =>
      Array.from({ length: PARTITIONS }, (_, partition) => {
        const task = tasks.find(({ taskId }) => taskId === `1_${partition}`);
        return task?.checkpoint?.stores[store]?.offset ?? 0;
      }),
    );
  }

  /** Replaces an instance by one of this build, on the same disk, and sees that it goes on from what is there. */
  async function replace(old: Instance, instanceId: string): Promise<Instance> {
    expect(await old.end('SIGTERM')).toBe(0);
    const has = await onDisk(instanceId);
    const instance = start(presentBuild, instanceId);
    await working(instance);
    const { library, changelogRecords } = instance.report;
    const ends = (await changelogEnds()).filter((_end, index) => has[index] !== 0);
    const gap = sum(ends) - sum(has);
    expect(library).toMatch(/libs\/streams\/src\/index\.ts$/);
    // What the other wrote while it was away, and nothing of what it has.
    expect(changelogRecords).toBeLessThanOrEqual(gap);
    expect(gap).toBeLessThan(sum(ends) / 2);
    return instance;
  }

  /** The counts that a topic was given of each key, in order. */
  async function countsIn(topic: string): Promise<ReadonlyMap<string, readonly number[]>> {
    const counts = new Map<string, number[]>();
    await readAll(client, topic, PARTITIONS, ({ key, value }) => {
      const list = counts.get(key?.toString() ?? '') ?? [];
      list.push(longSerde.deserialize(topic, value ?? Buffer.alloc(0), []));
      counts.set(key?.toString() ?? '', list);
    });
    return counts;
  }

  it('are replaced one by one by this one, with records coming all the time: none is lost, none counted twice', async () => {
    const admin = client.admin();
    await admin.createTopics(
      ['in', 'copies', ...STORES].map((name) => {
        return { name, partitions: PARTITIONS, replicationFactor: 1, config: { 'retention.ms': '-1' } };
      }),
    );
    const project = join(root, 'project');
    mkdirSync(project);
    const build = await recordedBuild(version, project);
    const records = new Feed();
    feed = records;

    const old = [start(build, 'a'), start(build, 'b')] as const;
    for (const instance of old) await working(instance);
    for (const { report } of old) expect(report.library).toContain(project);
    await until('most is counted', async () => {
      return sum(await changelogEnds()) >= STORES.length * AT_FIRST;
    });

    const first = await replace(old[0], 'a');
    // The older one, which is in one group with it.
    await working(old[1]);
    const second = await replace(old[1], 'b');
    for (const instance of [first, second]) await working(instance);

    await records.stop();
    await first.until(
      'all is processed',
      async () => {
        for (const topic of ['in', `${applicationId}-by-group-repartition`]) {
          const ends = await endOffsets(client, topic, PARTITIONS);
          const committed = await admin.groupOffsets(applicationId);
          const done = committed.filter(
            (at) => at.topic === topic && at.offset >= (ends[at.partition] ?? 0),
          ).length;
          if (done < PARTITIONS) return false;
        }
        return true;
      },
      PATIENCE_MS,
    );
    await admin.close();

    const ids = Array.from({ length: records.written }, (_, id) => `k${id}`);
    const copies: string[] = [];
    await readAll(client, 'copies', PARTITIONS, ({ key }) => copies.push(key?.toString() ?? ''));
    expect(copies.sort()).toEqual(ids.sort());
    expect(new Set(ids.map((key) => partitionFor(Buffer.from(key), PARTITIONS))).size).toBe(PARTITIONS);
    for (const topic of STORES) {
      const counts = await countsIn(topic);
      for (const list of counts.values()) expect(list).toEqual(list.map((_, index) => index + 1));
      expect(sum([...counts.values()].map(({ length }) => length))).toBe(records.written);
    }
    expect((await countsIn('counts')).size).toBe(GROUPS);
  }, 300_000);
});

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
