import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isFailure, KafkaStreams, StreamsBuilder, stringSerde, type PartitionAnswer } from '../index.js';
import { until } from '@mesh/jest/until.mjs';
import { TestCluster } from '../test/cluster.js';

const PARTITIONS = 2;
const strings = { key: stringSerde, value: stringSerde };

let cluster: TestCluster;
const apps: KafkaStreams[] = [];

beforeAll(async () => {
  cluster = await TestCluster.start();
}, 120_000);
afterAll(async () => {
  for (const app of apps) await app.close();
  await cluster?.stop();
});

async function startInstance(server: string): Promise<KafkaStreams> {
  const builder = new StreamsBuilder();
  builder.stream('in', strings).groupByKey().count({ store: 'counts' });
  const app = new KafkaStreams(builder.build(), {
    applicationId: 'copied',
    client: cluster.client,
    processingGuarantee: 'exactly_once_v2',
    numStandbyReplicas: 1,
    applicationServer: server,
  });
  apps.push(app);
  await app.start();
  return app;
}

/** What the standbys here answer, and why where they do not. */
async function standbys(app: KafkaStreams, maxLagMs: number): Promise<PartitionAnswer[] | string[]> {
  const results = await app.query({ store: 'counts', query: { type: 'range' }, staleness: { maxLagMs } });
  const refused = results.flatMap((result) => (isFailure(result) ? [result.failure] : []));
  if (refused.length > 0) return refused;
  return results.flatMap((result) => (!isFailure(result) && result.role === 'standby' ? [result] : []));
}

const isAnswer = (found: PartitionAnswer[] | string[]): found is PartitionAnswer[] =>
  found.length > 0 && found.every((each) => typeof each !== 'string');

describe('a standby', () => {
  it('answers within a bound of time while it follows its changelog, whether or not that grows', async () => {
    await cluster.createTopics(PARTITIONS, 'in');
    const [first, second] = [await startInstance('host-0:1'), await startInstance('host-1:1')];
    await until('each copies the task of the other', () =>
      [first, second].every((app) => {
        const mine = app.metadataForAllStreamsClients();
        return (
          app.ready &&
          mine.length === 2 &&
          mine.every(({ activeTasks, standbyTasks }) => activeTasks.length === 1 && standbyTasks.length === 1)
        );
      }),
    );
    await cluster.produce(
      'in',
      Array.from({ length: 20 }, (_, n) => ({ key: Buffer.from(`k${n}`), value: Buffer.from('v') })),
    );
    await cluster.untilProcessed('copied', ['in']);
    const written = performance.now();
    // Newer than what was written last: so it has it, and goes on being known to.
    await until('the copies are known to be newer than the last record', async () => {
      const [one, other] = [await standbys(first, 30_000), await standbys(second, 30_000)];
      if (!isAnswer(one) || !isAnswer(other)) return false;
      const sinceWritten = performance.now() - written;
      const answers = [...one, ...other];
      if (answers.some(({ behind }) => (behind?.ms ?? Number.POSITIVE_INFINITY) >= sinceWritten))
        return false;
      expect(answers.flatMap(({ entries }) => entries)).toHaveLength(20);
      return true;
    });
  }, 120_000);

  it('answers no more within the bound once it cannot know what was written, and again when it can', async () => {
    const [first] = apps;
    if (first === undefined) throw new Error('no instance');
    const BOUND_MS = 3_000;
    await until('it answers', async () => isAnswer(await standbys(first, BOUND_MS)));
    process.kill(cluster.server.pid, 'SIGSTOP');
    try {
      await until('it refuses', async () => (await standbys(first, BOUND_MS))[0] === 'TOO_STALE');
      // The contents are there, for a query that is content with them.
      expect(isAnswer(await standbys(first, 600_000))).toBe(true);
    } finally {
      process.kill(cluster.server.pid, 'SIGCONT');
    }
    await until('it answers again', async () => isAnswer(await standbys(first, BOUND_MS)));
  }, 120_000);
});
