import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  KafkaStreams,
  stringSerde,
  StreamsBuilder,
  type KafkaStreamsOptions,
  type StreamsState,
  type Topology,
} from '../index.js';
import { until } from '@mesh/jest/until.mjs';
import { TestCluster, text } from '../test/cluster.js';

const strings = { key: stringSerde, value: stringSerde };
const PARTITIONS = 4;

let cluster: TestCluster;
let apps: KafkaStreams[] = [];

beforeAll(async () => {
  cluster = await TestCluster.start();
});

afterEach(async () => {
  await Promise.all(apps.map((app) => app.close({ leaveGroup: true })));
  apps = [];
});

afterAll(() => cluster.stop());

/** Counts values under their keys, and writes each count. */
function counting(name: string): Topology {
  const builder = new StreamsBuilder();
  builder
    .stream(`${name}-in`, strings)
    .groupByKey()
    .count({ store: 'counts' })
    .toStream()
    .mapValues((count) => String(count))
    .to(`${name}-out`, strings);
  return builder.build();
}

interface Instance {
  readonly app: KafkaStreams;
  readonly states: StreamsState[];
}

function instance(
  name: string,
  options: Partial<KafkaStreamsOptions> = {},
  topology = counting(name),
): Instance {
  const states: StreamsState[] = [];
  const app = new KafkaStreams(topology, {
    applicationId: name,
    client: cluster.client,
    processingGuarantee: 'exactly_once_v2',
    commitIntervalMs: 50,
    sessionTimeoutMs: 6_000,
    onStateChange: (state) => states.push(state),
    ...options,
  });
  apps.push(app);
  return { app, states };
}

function metric(app: KafkaStreams, name: string): number {
  return app
    .metrics()
    .filter((candidate) => candidate.name === name)
    .reduce((sum, { value }) => sum + value, 0);
}

/** One record for each of so many keys. */
async function produce(name: string, keys: number): Promise<void> {
  const records = Array.from({ length: keys }, (_, key) => ({
    key: Buffer.from(`k${key}`),
    value: Buffer.from('v'),
  }));
  await cluster.produce(`${name}-in`, records);
}

/** Each key was counted so often, once for each record: no count is missing, and none written twice. */
async function expectCounted(name: string, keys: number, times: number): Promise<void> {
  await until('all is counted', async () => (await cluster.readAll(`${name}-out`)).length >= keys * times);
  const counts = new Map<string, string[]>();
  for (const { key, value } of await cluster.readAll(`${name}-out`)) {
    counts.set(text(key), [...(counts.get(text(key)) ?? []), text(value)]);
  }
  const expected = Array.from({ length: times }, (_, index) => String(index + 1));
  for (let key = 0; key < keys; key++) expect([key, counts.get(`k${key}`)]).toEqual([key, expected]);
}

function tasksOf(app: KafkaStreams, kind: 'activeTasks' | 'standbyTasks'): string[] {
  const server = apps.indexOf(app);
  return app
    .metadataForAllStreamsClients()
    .filter(({ applicationServer }) => applicationServer === `host-${server}:1`)
    .flatMap((each) => each[kind])
    .sort();
}

const KEYS = 40;

describe('instances of two threads each', () => {
  it.each(['exactly_once_v2', 'at_least_once'] as const)(
    'take tasks over from standbys without restoring, when one comes and goes (%s)',
    async (processingGuarantee) => {
      const name = `standby-${processingGuarantee}`.replaceAll('_', '-');
      await cluster.createTopics(PARTITIONS, `${name}-in`, `${name}-out`);
      const options = {
        processingGuarantee,
        numStreamThreads: 2,
        numStandbyReplicas: 1,
        // All that moves has to be read to the end first.
        acceptableRecoveryLag: 0,
        probingRebalanceIntervalMs: 500,
      };
      const first = instance(name, { ...options, applicationServer: 'host-0:1' });
      await first.app.start();
      await until('the first runs', () => first.app.ready);
      await produce(name, KEYS);
      await expectCounted(name, KEYS, 1);
      expect(metric(first.app, 'restore-total')).toBe(0);

      const second = instance(name, { ...options, applicationServer: 'host-1:1' });
      await second.app.start();
      await until('tasks are shared', () => tasksOf(second.app, 'activeTasks').length === PARTITIONS / 2);
      await until('both run', () => first.app.ready && second.app.ready);
      await until('each keeps the standbys of the other', () => {
        const [active, standby] = [tasksOf(first.app, 'activeTasks'), tasksOf(second.app, 'standbyTasks')];
        return active.length === PARTITIONS / 2 && String(active) === String(standby);
      });
      await produce(name, KEYS);
      await expectCounted(name, KEYS, 2);
      expect(metric(second.app, 'restore-total')).toBe(0);
      expect(metric(second.app, 'update-total')).toBeGreaterThan(0);
      expect(metric(second.app, 'process-total')).toBeGreaterThan(0);

      await first.app.close();
      await until('the second has all', () => tasksOf(second.app, 'activeTasks').length === PARTITIONS);
      await produce(name, KEYS);
      await expectCounted(name, KEYS, 3);
      expect(metric(second.app, 'restore-total')).toBe(0);
      expect(first.states.at(-1)).toBe('NOT_RUNNING');
    },
    120_000,
  );

  it('keep what they have running while threads come and go', async () => {
    const name = 'threads';
    await cluster.createTopics(PARTITIONS, `${name}-in`, `${name}-out`);
    const { app } = instance(name, { numStreamThreads: 1, applicationServer: 'host-0:1' });
    await app.start();
    await until('it runs', () => app.ready);
    expect(app.addStreamThread()).toMatch(/^threads-.*-StreamThread-2$/);
    await until('both threads have tasks', () => metric(app, 'alive-stream-threads') === 2 && app.ready);
    await produce(name, KEYS);
    await expectCounted(name, KEYS, 1);
    expect(await app.removeStreamThread()).toMatch(/-StreamThread-2$/);
    await until('it runs', () => app.ready);

    app.pause();
    const before = metric(app, 'process-total');
    await produce(name, KEYS);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(metric(app, 'process-total')).toBe(before);
    expect(app.isPaused).toBe(true);
    app.resume();
    await expectCounted(name, KEYS, 2);
  }, 120_000);
});

describe('a static member', () => {
  it('is back within the session timeout without a rebalance', async () => {
    const name = 'static';
    await cluster.createTopics(PARTITIONS, `${name}-in`, `${name}-out`);
    const options = { sessionTimeoutMs: 60_000 };
    const first = instance(name, { ...options, groupInstanceId: 'one' });
    await first.app.start();
    await until('the first runs', () => first.app.ready);
    const second = instance(name, { ...options, groupInstanceId: 'two' });
    await second.app.start();
    await until('tasks are shared', () => metric(second.app, 'task-created-total') === PARTITIONS / 2);
    await until('both run', () => first.app.ready && second.app.ready);
    await produce(name, KEYS);
    await expectCounted(name, KEYS, 1);
    const states = [...first.states];
    const created = metric(first.app, 'task-created-total');

    await second.app.close();
    const again = instance(name, { ...options, groupInstanceId: 'two' });
    await again.app.start();
    await until('it is back', () => again.app.ready);
    expect(metric(again.app, 'task-created-total')).toBe(PARTITIONS / 2);
    await produce(name, KEYS);
    await expectCounted(name, KEYS, 2);
    expect(first.states).toEqual(states);
    expect(metric(first.app, 'task-created-total')).toBe(created);
  }, 120_000);

  it('ends when another instance has its id', async () => {
    const name = 'fenced';
    await cluster.createTopics(1, `${name}-in`, `${name}-out`);
    const first = instance(name, { groupInstanceId: 'one' });
    await first.app.start();
    await until('the first runs', () => first.app.ready);
    const second = instance(name, { groupInstanceId: 'one' });
    await second.app.start();
    await until('the first has ended', () => first.app.state === 'ERROR');
    expect(first.app.error).toMatchObject({ code: 'FENCED_INSTANCE' });
    await until('the second runs', () => second.app.ready);
  }, 60_000);
});

describe('a thread that has failed for good', () => {
  /** Fails at the value `poison`, as often as it is told. */
  function failing(name: string, times: { left: number }): Topology {
    const builder = new StreamsBuilder();
    builder
      .stream(`${name}-in`, strings)
      .mapValues((value) => {
        if (value === 'poison' && times.left-- > 0) throw new Error('poisoned');
        return value;
      })
      .to(`${name}-out`, strings);
    return builder.build();
  }

  it('is replaced where the handler says so, and nothing is lost', async () => {
    const name = 'replaced';
    await cluster.createTopics(1, `${name}-in`, `${name}-out`);
    const errors: Error[] = [];
    const { app, states } = instance(
      name,
      {
        onFailure: () => 'fail',
        onUncaughtError: (error) => {
          errors.push(error);
          return 'REPLACE_THREAD';
        },
      },
      failing(name, { left: 1 }),
    );
    await app.start();
    await cluster.produce(`${name}-in`, [{ key: null, value: Buffer.from('poison') }]);
    await until('it is written', async () => (await cluster.readAll(`${name}-out`)).length === 1);
    expect(errors).toMatchObject([{ code: 'RECORD_FAILED' }]);
    expect(states).not.toContain('ERROR');
  }, 60_000);

  it('ends all instances where the handler says so', async () => {
    const name = 'ended';
    await cluster.createTopics(2, `${name}-in`, `${name}-out`);
    const options: Partial<KafkaStreamsOptions> = {
      onFailure: () => 'fail',
      onUncaughtError: () => 'SHUTDOWN_APPLICATION',
    };
    const first = instance(name, options, failing(name, { left: 9 }));
    const second = instance(name, options, failing(name, { left: 9 }));
    await Promise.all([first.app.start(), second.app.start()]);
    await until('both run', () => first.app.ready && second.app.ready);
    await cluster.produce(`${name}-in`, [{ key: null, value: Buffer.from('poison'), partition: 0 }]);
    await until('both have ended', () => [first, second].every(({ app }) => app.state === 'ERROR'));
    expect(
      [first.app.error, second.app.error].map((error) => (error as { code?: string }).code).sort(),
    ).toEqual(['RECORD_FAILED', 'SHUTDOWN_REQUESTED']);
    for (const { states } of [first, second]) expect(states.slice(-2)).toEqual(['PENDING_ERROR', 'ERROR']);
  }, 60_000);
});
