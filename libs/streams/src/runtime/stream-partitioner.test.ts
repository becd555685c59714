import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  KafkaStreams,
  longSerde,
  stringSerde,
  StreamsBuilder,
  type StreamPartitioner,
  type Topology,
} from '../index.js';
import { until } from '@mesh/jest/until.mjs';
import { TestCluster, text } from '../test/cluster.js';
import { singleTask } from '../test/single-task.js';
import { TopologyTestDriver } from '../testing/index.js';
import type { PartitionCounts } from './collector.js';

const strings = { key: stringSerde, value: stringSerde };

function writing(streamPartitioner: StreamPartitioner<string, string>): Topology {
  const builder = new StreamsBuilder();
  builder.stream('in', strings).to('out', { streamPartitioner });
  return builder.build();
}

/** The number in the value. */
const byValue: StreamPartitioner<string, string> = (_topic, _key, value) => Number(value);

describe('a partitioner', () => {
  it('is given what it may go by, and the number of partitions', () => {
    const calls: unknown[][] = [];
    const driver = new TopologyTestDriver(
      writing((topic, key, value, numPartitions) => {
        calls.push([topic, key, value, numPartitions]);
        return undefined;
      }),
    );
    driver.createInputTopic('in', strings).pipeInput('k', 'v');
    expect(calls).toEqual([['out', 'k', 'v', 1]]);
    expect(driver.rawRecords('out')).toHaveLength(1);
  });

  it('is not to be seen in the text of a topology', () => {
    const builder = new StreamsBuilder();
    builder.stream('in', strings).to('out');
    expect(writing(byValue).describe()).toBe(builder.build().describe());
  });

  it.each(['1', '-1', '0.5', 'x'])('fails the record where it answers %s', (value) => {
    const driver = new TopologyTestDriver(writing(byValue));
    driver.createInputTopic('in', strings).pipeInput('kate', value);
    expect(driver.rawRecords('out')).toEqual([]);
    const [letter] = driver.rawRecords('in.dlq');
    const headers = new Map(letter?.headers.map(([name, data]) => [name, data?.toString()]));
    expect(headers.get('__connect.errors.stage')).toBe('KAFKA_PRODUCE');
    expect(headers.get('__connect.errors.exception.message')).toBe(
      `the streamPartitioner answered ${Number(value)} for a record of out with the key 'kate': ` +
        'the topic has 1 partitions, so answer 0 to 0, or undefined',
    );
    expect(driver.committedOffset('in')).toBe(1);
  });

  it('fails the record where it throws', () => {
    const driver = new TopologyTestDriver(
      writing(() => {
        throw new Error('no idea');
      }),
    );
    driver.createInputTopic('in', strings).pipeInput('k', 'v');
    const [letter] = driver.rawRecords('in.dlq');
    expect(letter?.headers.map(([, data]) => data?.toString())).toContain('no idea');
  });
});

interface Sent {
  readonly topic: string;
  readonly value: string | undefined;
  readonly partition: number | undefined;
}

function taskOf(topology: Topology, partitions: PartitionCounts | undefined, values: readonly string[]) {
  const sent: Sent[] = [];
  const task = singleTask(topology, {
    collector: {
      send: (topic, _key, value, _headers, _timestamp, partition) =>
        sent.push({ topic, value: value?.toString(), partition }),
      ...(partitions === undefined ? {} : { partitions }),
    },
    onFailure: () => 'dead-letter',
  });
  const records = values.map((value, offset) => {
    return { key: Buffer.from('k'), value: Buffer.from(value), headers: [], timestamp: 1, offset };
  });
  task.enqueue({
    ...{ topic: 'in', partition: 0, records },
    ...{ nextOffset: records.length, highWatermark: records.length },
  });
  return { task, sent };
}

describe('records whose topic is not known yet', () => {
  it('wait in their order until it is, with their offsets uncommitted, and are written one by one after that', async () => {
    const asked = Promise.withResolvers<number>();
    const counts = new Map<string, number>();
    const { task, sent } = taskOf(
      writing(byValue),
      { known: (topic) => counts.get(topic), ask: () => asked.promise },
      ['3', '0', '7', '2'],
    );
    task.process(100);
    expect(sent).toEqual([]);
    expect(task.waiting).toBe(true);
    expect(task.ready).toBe(false);
    expect(task.committable()).toEqual([{ topic: 'in', partition: 0, offset: 0 }]);
    counts.set('out', 4);
    asked.resolve(4);
    await until('the first is done with', () => !task.waiting);
    expect(sent).toEqual([{ topic: 'out', value: '3', partition: 3 }]);
    task.process(100);
    expect(task.waiting).toBe(false);
    expect(sent.map(({ topic, value, partition }) => [topic, value, partition])).toEqual([
      ['out', '3', 3],
      ['out', '0', 0],
      ['in.dlq', '7', undefined],
      ['out', '2', 2],
    ]);
    expect(task.committable()).toEqual([{ topic: 'in', partition: 0, offset: 4 }]);
  });

  it('keep their order where one record makes several', async () => {
    const builder = new StreamsBuilder();
    builder
      .stream('in', strings)
      .flatMapValues((value) => value.split(' '))
      .to('out', { value: stringSerde, streamPartitioner: byValue });
    const asked = Promise.withResolvers<number>();
    const { task, sent } = taskOf(builder.build(), { known: () => undefined, ask: () => asked.promise }, [
      '1 2 3',
      '0',
    ]);
    task.process(100);
    asked.resolve(4);
    await until('those are written', () => !task.waiting);
    task.process(100);
    await until('all are written', () => !task.waiting);
    expect(sent.map(({ value }) => value)).toEqual(['1', '2', '3', '0']);
  });

  it('stop the task where it cannot be found out', async () => {
    const missing = new Error('there is no topic out');
    const { task, sent } = taskOf(
      writing(byValue),
      { known: () => undefined, ask: () => Promise.reject(missing) },
      ['1'],
    );
    task.process(100);
    await until('it has failed', () => task.failure !== undefined);
    expect(task.failure).toBe(missing);
    expect(sent).toEqual([]);
  });

  it('are refused at once where nobody can be asked', () => {
    expect(() => taskOf(writing(byValue), undefined, [])).toThrow(/streamPartitioner/);
  });
});

describe('on a broker', () => {
  const PARTITIONS = 3;
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await TestCluster.start();
  }, 120_000);
  afterAll(() => cluster?.stop());

  it.each(['exactly_once_v2', 'at_least_once'] as const)(
    'records go where it says: to a topic, to a chosen one and through a repartition topic (%s)',
    async (processingGuarantee) => {
      const name = processingGuarantee.replaceAll('_', '-');
      const topics = [`${name}-in`, `${name}-out`, `${name}-chosen`, `${name}-counts`] as const;
      const [input, out, chosen, counts] = topics;
      await cluster.createTopics(PARTITIONS, ...topics);
      const builder = new StreamsBuilder();
      const source = builder.stream(input, strings);
      source.to(out, { streamPartitioner: byValue });
      source.to(() => chosen, {
        streamPartitioner: (_topic, _key, value, numPartitions) => numPartitions - 1 - Number(value),
      });
      source
        .repartition({ name: 'by-value', ...strings, streamPartitioner: byValue })
        .groupByKey()
        .count({ store: 'counts' })
        .toStream()
        .to(counts, { value: longSerde });
      const app = new KafkaStreams(builder.build(), {
        applicationId: name,
        client: cluster.client,
        processingGuarantee,
      });
      await app.start();
      // One key all over the partitions: each has a count of its own.
      const records = Array.from({ length: 30 }, (_, n) => {
        return { key: Buffer.from('k'), value: Buffer.from(String(n % PARTITIONS)) };
      });
      await cluster.produce(input, records);
      await cluster.untilProcessed(name, [input, `${name}-by-value-repartition`], {
        check: () => {
          if (app.error !== undefined) throw app.error;
        },
      });
      await app.close();
      for (const { value, partition } of await cluster.readAll(out))
        expect(partition).toBe(Number(text(value)));
      for (const { value, partition } of await cluster.readAll(chosen))
        expect(partition).toBe(PARTITIONS - 1 - Number(text(value)));
      expect(await cluster.readAll(out)).toHaveLength(30);
      expect(await cluster.readAll(chosen)).toHaveLength(30);
      const through = await cluster.readAll(`${name}-by-value-repartition`);
      expect(through.map(({ partition }) => partition).toSorted()).toEqual(
        records.map(({ value }) => Number(text(value))).toSorted(),
      );
      const counted = (await cluster.readAll(counts)).map(({ value }) => Number(value?.readBigInt64BE()));
      expect(Math.max(...counted)).toBe(10);
    },
    120_000,
  );
});
