import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { RUN_SOURCES } from '@mesh/jest/sources.mjs';
import {
  KafkaStreams,
  longSerde,
  QueryableStoreTypes,
  stringSerde,
  type FromModuleOptions,
  type StreamsState,
  type UncaughtErrorDecision,
} from '../../index.js';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@mesh/jest/until.mjs';
import { TestCluster, text } from '../../test/cluster.js';
import { committedAll, counted, Feed, PARTITIONS, verify } from '../../test/counting.js';
import type * as workerModule from '../../test/worker-module.js';
import type { Death, WorkerModuleData } from '../../test/worker-module.js';

type Module = typeof workerModule;

const MODULE = new URL('../../test/worker-module.ts', import.meta.url);
const ENDED = { code: 'WORKER_ENDED' };

let cluster: TestCluster;
let apps: KafkaStreams[] = [];
let feeds: Feed[] = [];

beforeAll(async () => {
  cluster = await TestCluster.start();
});

afterEach(async () => {
  await Promise.all(feeds.map((feed) => feed.stop()));
  feeds = [];
  await Promise.all(apps.map((app) => app.close()));
  apps = [];
});

afterAll(() => cluster.stop());

/** A number that all threads see. */
function shared(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(4));
}

interface Instance {
  readonly app: KafkaStreams;
  readonly states: readonly StreamsState[];
  readonly errors: readonly Error[];
  /** Lets a worker die as soon as it can. */
  readonly die: () => void;
  /** Ends a worker at whatever it is doing, and waits until it has gone. */
  readonly kill: () => Promise<void>;
}

async function instance(
  name: string,
  {
    death,
    until: file,
    topology = 'counting',
    options,
    decision = 'REPLACE_THREAD',
    ...own
  }: Partial<FromModuleOptions<WorkerModuleData>> & {
    readonly death?: Death;
    readonly until?: string;
    readonly topology?: NonNullable<WorkerModuleData['topology']>;
    readonly decision?: UncaughtErrorDecision;
    readonly options?: Partial<WorkerModuleData['options']>;
  } = {},
): Promise<Instance> {
  const states: StreamsState[] = [];
  const errors: Error[] = [];
  const [deaths, here] = [shared(), shared()];
  const app = await KafkaStreams.fromModule<Module>(MODULE, {
    numStreamThreads: 2,
    execArgv: RUN_SOURCES,
    onUncaughtError: (error) => {
      errors.push(error);
      return decision;
    },
    onStateChange: (state) => states.push(state),
    ...own,
    data: {
      brokers: cluster.server.bootstrap,
      name,
      options: { processingGuarantee: 'exactly_once_v2', ...options },
      ...(death === undefined ? {} : { death }),
      ...(file === undefined ? {} : { until: file }),
      topology,
      deaths,
      here,
    },
  });
  apps.push(app);
  const die = (): void => void Atomics.add(deaths, 0, 1);
  const kill = async (): Promise<void> => {
    const before = errors.length;
    die();
    await until('a worker has ended', () => errors.length > before);
  };
  return { app, states, errors, die, kill };
}

/** By thread. */
function processed(app: KafkaStreams): ReadonlyMap<string, number> {
  return new Map(
    app
      .metrics()
      .filter(({ name }) => name === 'process-total')
      .map(({ labels, value }) => [labels['thread-id'] ?? '', value]),
  );
}

function total(app: KafkaStreams): number {
  return [...processed(app).values()].reduce((sum, count) => sum + count, 0);
}

function feeding(name: string): Feed {
  const feed = new Feed(cluster, name);
  feeds.push(feed);
  return feed;
}

async function createTopics(name: string): Promise<void> {
  await cluster.createTopics(PARTITIONS, `${name}-in`, `${name}-copies`, `${name}-counts`);
}

/** Waits until the application counts on: what happens next happens in the middle of the work. */
async function inTheMiddle(name: string): Promise<void> {
  const before = await counted(cluster, name);
  await until(`${name} counts on`, async () => (await counted(cluster, name)) > before + 200);
}

describe('stream threads in workers', () => {
  it('share the work, exactly once, and answer together for what each has', async () => {
    const name = 'shared';
    await createTopics(name);
    const { app, states } = await instance(name, {
      options: { applicationServer: 'host:1', numStandbyReplicas: 1 },
    });
    expect(app.notReady).toBe('it is CREATED');
    await app.start();
    await until('it runs', () => app.ready);
    const feed = feeding(name);
    await inTheMiddle(name);
    const inputs = await feed.stop();
    await committedAll(cluster, name);
    await verify(cluster, name, inputs);

    await until('all is told of', () => total(app) === 2 * inputs);
    expect([...processed(app).keys()].sort()).toEqual(['1', '2']);
    for (const count of processed(app).values()) expect(count).toBeGreaterThan(0);
    expect(app.metadataForAllStreamsClients()).toMatchObject([{ applicationServer: 'host:1' }]);
    // Threads of one process keep nothing for each other.
    expect(app.metadataForAllStreamsClients()).toMatchObject([{ standbyTasks: [] }]);
    expect(app.metadataForAllStreamsClients()[0]?.activeTasks).toHaveLength(2 * PARTITIONS);

    const store = app.store('groups', QueryableStoreTypes.window(stringSerde, longSerde));
    const groups = new Map<string, number>();
    for await (const [{ key }, { value }] of store.fetchAll()) {
      groups.set(key, (groups.get(key) ?? 0) + value);
    }
    expect([...groups].sort()).toEqual(
      Array.from({ length: 10 }, (_, group) => [`group${group}`, inputs / 10]),
    );
    const answers = await app.query({
      store: 'groups',
      query: { type: 'windowRange' },
      partitions: [0, 1, 2, 3],
    });
    expect(answers).toMatchObject([
      { role: 'active', position: { [`${name}-by-group-repartition`]: { 0: expect.any(Number) } } },
      { role: 'active', position: { [`${name}-by-group-repartition`]: { 1: expect.any(Number) } } },
      { role: 'active', position: { [`${name}-by-group-repartition`]: { 2: expect.any(Number) } } },
      { failure: 'NOT_PRESENT' },
    ]);
    await expect(app.query({ store: 'none', query: { type: 'windowRange' } })).rejects.toMatchObject({
      reason: 'STORE_NOT_FOUND',
    });

    await app.close();
    expect(app.state).toBe('NOT_RUNNING');
    expect(states.filter((state) => state.includes('ERROR'))).toEqual([]);
  });

  it.each([
    ['exit', 3],
    ['out-of-memory', 1],
    ['unhandled-rejection', 1],
  ] as const)(
    'are replaced in the middle of their work, and nothing is lost or doubled (%s)',
    async (death, times) => {
      const name = `replaced-${death}`;
      await createTopics(name);
      const { app, errors, kill } = await instance(name, {
        death,
        resourceLimits: { maxOldGenerationSizeMb: 96 },
      });
      await app.start();
      const feed = feeding(name);
      for (let time = 0; time < times; time++) {
        await inTheMiddle(name);
        await kill();
      }
      await inTheMiddle(name);
      const inputs = await feed.stop();
      await committedAll(cluster, name);
      await app.close();
      expect(app.state).toBe('NOT_RUNNING');
      expect(errors).toMatchObject(Array.from({ length: times }, () => ENDED));
      await verify(cluster, name, inputs);
    },
  );

  it.each([
    ['at once', {}],
    ['by the one that is in its place, where they are static', { groupInstanceId: 'one' }],
  ])('that have died are taken over from %s', async (_how, options) => {
    const name = `taken-over-${Object.keys(options).length}`;
    await createTopics(name);
    const { app, kill } = await instance(name, { options: { sessionTimeoutMs: 300_000, ...options } });
    await app.start();
    const feed = feeding(name);
    await inTheMiddle(name);
    await kill();
    const inputs = await feed.stop();
    await committedAll(cluster, name);
    await verify(cluster, name, inputs);
  });

  it('come and go, and pause and resume', async () => {
    const name = 'come-and-go';
    await createTopics(name);
    const { app } = await instance(name, { numStreamThreads: 1 });
    await app.start();
    await until('it runs', () => app.ready);
    expect(app.addStreamThread()).toMatch(/^come-and-go-.*-StreamThread-2$/);
    await until('both run', () => app.ready);
    const feed = feeding(name);
    await until('both process', () => [...processed(app).values()].filter((count) => count > 0).length === 2);

    app.pause();
    expect(app.isPaused).toBe(true);
    await until('what was under way is committed', async () => {
      const before = await counted(cluster, name);
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      return (await counted(cluster, name)) === before;
    });
    expect(app.addStreamThread()).toMatch(/-StreamThread-3$/);
    await until('all three run', () => app.ready && processed(app).size === 3);
    const before = await counted(cluster, name);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(await counted(cluster, name)).toBe(before);
    app.resume();
    await inTheMiddle(name);

    expect(await app.removeStreamThread()).toMatch(/-StreamThread-3$/);
    expect(await app.removeStreamThread()).toMatch(/-StreamThread-2$/);
    await inTheMiddle(name);
    expect([...processed(app).keys()]).toEqual(['1']);
    const inputs = await feed.stop();
    await committedAll(cluster, name);
    await verify(cluster, name, inputs);
  });

  it('process at the same time', async () => {
    const name = 'meeting';
    await cluster.createTopics(2, `${name}-in`, `${name}-copies`);
    const { app } = await instance(name, { topology: 'meeting' });
    await app.start();
    await until('each has a task', () => {
      const tasks = app.metrics().filter((metric) => metric.name === 'record-e2e-latency-avg');
      return app.ready && new Set(tasks.map(({ labels }) => labels['thread-id'])).size === 2;
    });
    const value = Buffer.from('here');
    await cluster.produce(
      `${name}-in`,
      [0, 1].map((partition) => ({ key: null, value, partition })),
    );
    await until('both are done', async () => (await cluster.readAll(`${name}-copies`)).length === 2);
    const said = await cluster.readAll(`${name}-copies`);
    expect(said.map((record) => text(record.value))).toEqual(['met', 'met']);
  });

  it('keep global tables whole, each for itself, and answer for them once', async () => {
    const name = 'with-names';
    await createTopics(name);
    await cluster.createTopics(2, `${name}-names`);
    const names = ['ann', 'bob', 'cy'].map((value) => ({
      key: Buffer.from(value),
      value: Buffer.from(value),
    }));
    await cluster.produce(`${name}-names`, names);
    const { app } = await instance(name, { topology: 'names' });
    await app.start();
    await until('it runs', () => app.ready);
    const store = app.store('names', QueryableStoreTypes.keyValue(stringSerde, stringSerde));
    const found: string[] = [];
    for await (const [key] of store.all()) found.push(key);
    expect(found).toEqual(['ann', 'bob', 'cy']);
    expect(app.stores()).toContainEqual(expect.objectContaining({ name: 'names', global: true }));
  });

  it('end the application where no worker can be made', async () => {
    const name = 'unmade';
    await createTopics(name);
    const { app } = await instance(name, { execArgv: ['--no-such-option'] });
    await app.start();
    await until('it has ended', () => app.state === 'ERROR');
    expect(app.error).toMatchObject({ code: 'INVALID_CONFIG' });
    expect(app.error?.message).toContain('--no-such-option');
  });

  it('are ended where they say nothing, and replaced', async () => {
    const name = 'silent';
    await createTopics(name);
    const { app, errors, kill } = await instance(name, {
      death: 'endless-loop',
      unresponsiveAfterMs: 5_000,
    });
    await app.start();
    const feed = feeding(name);
    await inTheMiddle(name);
    await kill();
    const inputs = await feed.stop();
    await committedAll(cluster, name);
    expect(errors).toMatchObject([ENDED]);
    expect(errors[0]?.message).toContain('terminated, since it said nothing');
    await verify(cluster, name, inputs);
  });

  it('end their instance, whoever replaces them, where they hang and cannot be ended', async () => {
    const name = 'hanging';
    await createTopics(name);
    const folder = mkdtempSync(join(tmpdir(), 'hanging-'));
    const file = join(folder, 'end');
    try {
      const { app, die } = await instance(name, {
        death: 'native-code',
        until: file,
        unresponsiveAfterMs: 5_000,
      });
      await app.start();
      await until('it runs', () => app.ready);
      die();
      await until('it has ended', () => app.state === 'ERROR');
      expect(app.error).toMatchObject({ code: 'WORKER_UNRESPONSIVE' });
      expect(app.notReady).toMatch(/said nothing for 5000 ms and cannot be ended.*SIGKILL/);
    } finally {
      // The worker goes on, and so ends.
      writeFileSync(file, '');
    }
  });

  it('are given a time that they can keep', async () => {
    await expect(instance('hasty', { unresponsiveAfterMs: 1_999 })).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: 'unresponsiveAfterMs is 1999: it takes at least 2000',
    });
  });

  it('end their instance where nobody replaces them', async () => {
    const name = 'ended';
    await createTopics(name);
    const { app, states, kill } = await instance(name, { decision: 'SHUTDOWN_CLIENT' });
    await app.start();
    await until('it runs', () => app.ready);
    await kill();
    await until('it has ended', () => app.state === 'ERROR');
    expect(app.error).toMatchObject(ENDED);
    expect(app.notReady).toContain('ended by itself, with exit code 7');
    expect(states.slice(-2)).toEqual(['PENDING_ERROR', 'ERROR']);
    expect(app.addStreamThread()).toBeUndefined();
  });

  it('end all instances where the handler says so', async () => {
    const name = 'all-ended';
    await createTopics(name);
    const first = await instance(name, { decision: 'SHUTDOWN_APPLICATION' });
    const second = await instance(name, { decision: 'SHUTDOWN_APPLICATION' });
    await Promise.all([first.app.start(), second.app.start()]);
    await until('both run', () => first.app.ready && second.app.ready);
    await first.kill();
    await until('both have ended', () => [first, second].every(({ app }) => app.state === 'ERROR'));
    expect(first.app.error).toMatchObject(ENDED);
    expect(second.app.error).toMatchObject({ code: 'SHUTDOWN_REQUESTED' });
  });
});

describe('a module that cannot be run', () => {
  const run = (source: string): Promise<KafkaStreams> =>
    KafkaStreams.fromModule<Module>(new URL(`data:text/javascript,${source}`), {
      data: {
        brokers: '',
        name: '',
        options: { processingGuarantee: 'at_least_once' },
        deaths: shared(),
        here: shared(),
      },
    });

  it.each([
    ['throws as it is imported', 'throw new Error("no licence")', /cannot be imported: no licence/],
    ['has no default export', 'export const topology = 1', /has no function as its default export/],
    ['has another default export', 'export default {}', /has no function as its default export/],
    ['makes something else', 'export default () => 1', /has returned no { topology, options }/],
  ])('is refused where it %s', async (_what, source, message) => {
    await expect(run(source)).rejects.toMatchObject({
      name: 'StreamsError',
      code: 'INVALID_MODULE',
      message: expect.stringMatching(message),
    });
  });

  it('throws what its function throws', async () => {
    await expect(
      run('export default () => { throw Object.assign(new Error("out"), { retriable: true }) }'),
    ).rejects.toMatchObject({ message: 'out', retriable: true });
  });

  it('is refused data that cannot be sent', async () => {
    const data = { brokers: '', name: '', options: {}, deaths: () => 1 } as unknown as WorkerModuleData;
    await expect(KafkaStreams.fromModule<Module>(MODULE, { data })).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
    });
  });
});
