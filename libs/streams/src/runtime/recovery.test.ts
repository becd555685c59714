import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type KafkaStreams,
  longSerde,
  stringSerde,
  StreamsBuilder,
  type ProcessingGuarantee,
  type Topology,
} from '../index.js';
import { until } from '@mesh/jest/until.mjs';
import { TestCluster, text } from '../test/cluster.js';
import { InstanceProcess } from '../test/instance-process.js';
import { copyingTopology, countingTopology } from '../test/topologies.js';

const PARTITIONS = 4;
/** Of about now: of producers whose records are older than a day, a restarted broker remembers nothing. */
const START = Date.now();

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await TestCluster.start();
});

afterAll(() => cluster.stop());

async function start(
  topology: Topology,
  applicationId: string,
  processingGuarantee: ProcessingGuarantee,
): Promise<KafkaStreams> {
  const app = cluster.application(topology, {
    ...{ applicationId, processingGuarantee },
    sessionTimeoutMs: 3_000,
    transactionTimeoutMs: 3_000,
  });
  await app.start();
  return app;
}

function metric(app: KafkaStreams, name: string): number {
  return app
    .metrics()
    .filter((candidate) => candidate.name === name)
    .reduce((sum, { value }) => sum + value, 0);
}

async function feed(topic: string, from: number, count: number): Promise<void> {
  const records = Array.from({ length: count }, (_, index) => ({
    key: Buffer.from(`key-${(from + index) % 50}`),
    value: Buffer.from(`group${index % 5}:${from + index}`),
    timestamp: START + from + index,
  }));
  await cluster.produce(topic, records);
}

async function copiedIds(name: string): Promise<number[]> {
  return (await cluster.readAll(`${name}-copies`)).map(({ value }) =>
    Number(text(value).split(':')[1]?.slice(0, -1)),
  );
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

describe('instances of one application', () => {
  it('share the partitions, and give them over without loss or repetition', async () => {
    const name = 'shared';
    await cluster.createTopics(PARTITIONS, `${name}-in`, `${name}-copies`, `${name}-counts`);
    const first = await start(countingTopology(name), name, 'exactly_once_v2');
    await until('the first runs', () => first.ready);
    await feed(`${name}-in`, 0, 2_000);
    const second = await start(countingTopology(name), name, 'exactly_once_v2');
    await until('the second runs', () => second.ready && metric(second, 'task-created-total') > 0);
    await feed(`${name}-in`, 2_000, 2_000);
    await until(
      'both process',
      () => metric(first, 'process-total') > 0 && metric(second, 'process-total') > 0,
    );
    await first.close();
    expect(first.state).toBe('NOT_RUNNING');
    await feed(`${name}-in`, 4_000, 2_000);
    // Each record twice: in the first sub-topology, and behind the repartition topic.
    await until('all is processed', async () => (await copiedIds(name)).length >= 6_000);
    await until('all is counted', async () => (await cluster.readAll(`${name}-counts`)).length >= 6_000);
    await second.close();
    expect((await copiedIds(name)).sort((a, b) => a - b)).toEqual(numbers(6_000));
    const latest = new Map<string, number>();
    for (const { key, value } of await cluster.readAll(`${name}-counts`)) {
      latest.set(text(key), longSerde.deserialize('', value ?? Buffer.alloc(0), []));
    }
    expect([...latest.values()].reduce((sum, count) => sum + count, 0)).toBe(6_000);
  }, 120_000);

  it('are ready where there are more of them than partitions', async () => {
    const name = 'few';
    await cluster.createTopics(1, `${name}-in`, `${name}-copies`);
    const first = await start(copyingTopology(name), name, 'at_least_once');
    const second = await start(copyingTopology(name), name, 'at_least_once');
    await until('both are ready', () => first.ready && second.ready);
    await feed(`${name}-in`, 0, 10);
    await until('all is copied', async () => (await copiedIds(name)).length === 10);
    await Promise.all([first.close(), second.close()]);
  });
});

describe('at least once into a sink', () => {
  it('leaves each effect once however often the process is killed', async () => {
    const name = 'sunk';
    await cluster.createTopics(PARTITIONS, `${name}-in`);
    const effects = new Map<string, string>();
    const write = async (key: string, value: string): Promise<void> => {
      // Slow enough that there is always something under way, and never in the order of the calls.
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 10));
      effects.set(value, key);
    };
    await feed(`${name}-in`, 0, 6_000);
    const options = {
      brokers: cluster.server.bootstrap,
      name,
      topology: 'sink',
      guarantee: 'at_least_once',
    } as const;
    for (let kill = 0; kill < 3; kill++) {
      const instance = new InstanceProcess(options, write);
      const before = effects.size;
      await until('the sink is written to', () => effects.size > before + 300);
      await instance.kill();
    }
    expect(effects.size).toBeLessThan(6_000);
    const last = new InstanceProcess(options, write);
    await until('all effects are there', () => effects.size === 6_000);
    expect(await last.stop()).toBe(0);
    const admin = cluster.client.admin();
    const committed = await admin.groupOffsets(name);
    await admin.close();
    // Closed gracefully, it has committed all of it.
    expect(committed.reduce((sum, { offset }) => sum + offset, 0)).toBe(6_000);
  }, 120_000);
});

describe('bad records', () => {
  it('land in the dead letters with the transaction, and the rest goes on', async () => {
    const name = 'poison';
    await cluster.createTopics(PARTITIONS, `${name}-in`, `${name}-copies`);
    const builder = new StreamsBuilder();
    builder
      .stream(`${name}-in`, { key: stringSerde, value: stringSerde })
      .mapValues((value) => {
        if (value.includes('bad')) throw new Error(`cannot use ${value}`);
        return `${value}!`;
      })
      .to(`${name}-copies`, { value: stringSerde });
    const app = await start(builder.build(), name, 'exactly_once_v2');
    await feed(`${name}-in`, 0, 100);
    await cluster.produce(`${name}-in`, [
      { key: Buffer.from('k'), value: Buffer.from('bad:1'), timestamp: 5 },
    ]);
    await feed(`${name}-in`, 100, 100);
    await until('the rest is copied', async () => (await copiedIds(name)).length === 200);
    await until('the letter is there', async () => (await cluster.readAll(`${name}-in.dlq`)).length === 1);
    const [letter] = await cluster.readAll(`${name}-in.dlq`);
    expect(text(letter?.value ?? null)).toBe('bad:1');
    expect(letter?.timestamp).toBe(5);
    expect(letter?.headers.map(([header]) => header)).toContain('__connect.errors.exception.message');
    expect(metric(app, 'dead-letter-records-total')).toBe(1);
    await app.close();
  });

  it.each(['exactly_once_v2', 'at_least_once'] as const)(
    'include those whose output is larger than its topic takes (%s)',
    async (guarantee) => {
      const name = `large-${guarantee}`;
      await cluster.createTopics(1, `${name}-in`);
      const admin = cluster.client.admin();
      await admin.createTopics([
        {
          name: `${name}-copies`,
          partitions: 1,
          replicationFactor: 1,
          config: { 'max.message.bytes': '2000' },
        },
      ]);
      await admin.close();
      const app = await start(copyingTopology(name), name, guarantee);
      const large = Buffer.from(`group:${'9'.repeat(5_000)}`);
      await cluster.produce(`${name}-in`, [
        { key: Buffer.from('k'), value: Buffer.from('group:1') },
        { key: Buffer.from('k'), value: large },
        { key: Buffer.from('k'), value: Buffer.from('group:2') },
      ]);
      await until('the letter is there', async () => (await cluster.readAll(`${name}-in.dlq`)).length > 0);
      const [letter] = await cluster.readAll(`${name}-in.dlq`);
      expect(letter?.value).toEqual(large);
      await until('the rest is copied', async () => new Set(await copiedIds(name)).size === 2);
      if (guarantee === 'exactly_once_v2') expect(await copiedIds(name)).toEqual([1, 2]);
      await app.close();
    },
  );

  it('stop the application where the handler says so, with the offset uncommitted', async () => {
    const name = 'strict';
    await cluster.createTopics(1, `${name}-in`, `${name}-copies`);
    const builder = new StreamsBuilder();
    builder.stream(`${name}-in`, { key: stringSerde, value: longSerde }).forEach((_key, value) => value);
    const app = cluster.application(builder.build(), {
      applicationId: name,
      processingGuarantee: 'at_least_once',
      onFailure: () => 'fail',
    });
    await app.start();
    await feed(`${name}-in`, 0, 1);
    await until('it stops', () => app.state === 'ERROR');
    expect(app.error).toMatchObject({ code: 'RECORD_FAILED' });
    expect(app.ready).toBe(false);
    const admin = cluster.client.admin();
    expect(await admin.groupOffsets(name)).toEqual([]);
    await admin.close();
  });
});

describe('topics', () => {
  it('that are read must exist', async () => {
    const app = cluster.application(copyingTopology('absent'), {
      applicationId: 'absent',
      missingTopicsTimeoutMs: 0,
    });
    await expect(app.start()).rejects.toMatchObject({ code: 'MISSING_SOURCE_TOPIC' });
    expect(app.state).toBe('ERROR');
    await app.close();
  });

  it('that meet must have as many partitions each', async () => {
    await cluster.createTopics(2, 'two');
    await cluster.createTopics(3, 'three');
    const builder = new StreamsBuilder();
    const strings = { key: stringSerde, value: stringSerde };
    builder
      .stream('two', strings)
      .merge(builder.stream('three', strings))
      .groupByKey()
      .count({ store: 'both' });
    const app = cluster.application(builder.build(), { applicationId: 'unlike' });
    await expect(app.start()).rejects.toMatchObject({ code: 'NOT_COPARTITIONED' });
    await app.close();
  });

  it('of ours are created as Kafka Streams has them, and refused where they do not fit', async () => {
    const name = 'internal';
    await cluster.createTopics(PARTITIONS, `${name}-in`, `${name}-copies`, `${name}-counts`);
    const app = await start(countingTopology(name), name, 'exactly_once_v2');
    await until('it runs', () => app.ready);
    await app.close();
    const admin = cluster.client.admin();
    expect(await admin.topicConfig(`${name}-groups-changelog`)).toMatchObject({
      'cleanup.policy': 'compact',
    });
    expect(await admin.topicConfig(`${name}-by-group-repartition`)).toMatchObject({
      'cleanup.policy': 'delete',
      'retention.ms': '-1',
    });
    for (const [partitions, policy] of [
      [PARTITIONS + 1, 'compact'],
      [PARTITIONS, 'compact,delete'],
    ] as const) {
      await admin.deleteTopics([`${name}-groups-changelog`]);
      await admin.createTopics([
        {
          name: `${name}-groups-changelog`,
          partitions,
          replicationFactor: 1,
          config: { 'cleanup.policy': policy },
        },
      ]);
      const again = cluster.application(countingTopology(name), { applicationId: name });
      await expect(again.start()).rejects.toMatchObject({ code: 'INTERNAL_TOPIC_MISMATCH' });
      await again.close();
    }
    await admin.close();
  });
});

// Last: it takes the broker away from everything else.
describe('a broker that goes away in the middle of the work', () => {
  it.each(['exactly_once_v2', 'at_least_once'] as const)(
    'costs no record (%s)',
    async (guarantee) => {
      const name = `outage-${guarantee}`;
      await cluster.createTopics(PARTITIONS, `${name}-in`, `${name}-copies`, `${name}-counts`);
      const app = await start(countingTopology(name), name, guarantee);
      await until('it runs', () => app.ready);
      let fed = 0;
      let stopped = false;
      const feeding = (async () => {
        while (!stopped) {
          await feed(`${name}-in`, fed, 200);
          fed += 200;
        }
      })();
      await until('it processes', () => metric(app, 'process-total') > 1_000);
      await cluster.server.kill();
      await cluster.server.restart();
      const before = metric(app, 'process-total');
      await until('it processes again', () => metric(app, 'process-total') > before + 1_000);
      stopped = true;
      await feeding;
      await until('all is copied', async () => new Set(await copiedIds(name)).size === fed);
      const ids = (await copiedIds(name)).sort((a, b) => a - b);
      await app.close();
      expect(app.state).toBe('NOT_RUNNING');
      // Not what was sent: a broker that is killed may take a plain producer's retry for a new record.
      const inputs = (await cluster.readAll(`${name}-in`)).map(({ value }) =>
        Number(text(value).split(':')[1]),
      );
      expect([...new Set(inputs)].sort((a, b) => a - b)).toEqual(numbers(fed));
      if (guarantee === 'exactly_once_v2') expect(ids).toEqual(inputs.sort((a, b) => a - b));
      else expect([...new Set(ids)]).toEqual(numbers(fed));
    },
    180_000,
  );
});
