import { describe, expect, it } from '@jest/globals';
import type { Admin, ConsumedRecord, KafkaClient, TopicPartition } from '@mesh/kafka';
import {
  JoinWindows,
  SessionWindows,
  stringSerde,
  StreamsBuilder,
  TimeWindows,
  type Serde,
  type Topology,
} from '../index.js';
import type { ReadOnlyKeyValueStore } from '../state/ports.js';
import { until } from '@mesh/jest/until.mjs';
import { singleTask } from '../test/single-task.js';
import { TopologyTestDriver } from '../testing/topology-test-driver.js';
import { Restoration } from './restoration.js';

/** Keys or values as `version|text`, of which every version but its own must be fetched before it can be read. */
class Registry {
  down = false;
  lookups = 0;
  readonly #version: string;
  readonly #known: Set<string>;

  constructor(version: string) {
    this.#version = version;
    this.#known = new Set([version]);
  }

  readonly serde: Serde<string> = {
    serialize: (_topic, value) => Buffer.from(`${this.#version}|${value}`),
    prepare: (_topic, data) => {
      const version = versionOf(data);
      return this.#known.has(version) ? undefined : this.#fetch(version);
    },
    deserialize: (_topic, data) => {
      const version = versionOf(data);
      if (!this.#known.has(version)) throw new Error(`schema version ${version} was not fetched`);
      return data.toString().slice(2);
    },
  };

  async #fetch(version: string): Promise<void> {
    this.lookups += 1;
    if (this.down) throw Object.assign(new Error('no answer'), { retriable: true });
    if (version === '9') throw new Error('no such version');
    this.#known.add(version);
  }
}

function versionOf(data: Buffer): string {
  return data.toString('utf8', 0, 1);
}

/** Restores the stores of a topology from these changelogs. */
function restore(topology: Topology, changelogs: (topic: string) => readonly ConsumedRecord[]) {
  const task = singleTask(topology, {});
  const ends = (partitions: readonly TopicPartition[]) =>
    partitions.map(({ topic, partition }) => ({ topic, partition, offset: changelogs(topic).length }));
  const client = {
    reader: async (from: readonly TopicPartition[]) => ({
      poll: async () =>
        ends(from).map(({ topic, partition, offset }) => {
          return { topic, partition, records: changelogs(topic), nextOffset: offset, highWatermark: offset };
        }),
      close: async () => undefined,
    }),
  } as unknown as KafkaClient;
  const warnings: string[] = [];
  const nothing = () => undefined;
  const logger = {
    debug: nothing,
    info: nothing,
    error: nothing,
    warn: (_: object, text: string) => {
      warnings.push(text);
    },
  };
  const admin = {
    beginningOffsets: async (partitions: readonly TopicPartition[]) =>
      partitions.map((partition) => ({ ...partition, offset: 0 })),
    endOffsets: async (partitions: readonly TopicPartition[]) => ends(partitions),
  } as unknown as Admin;
  const options = { client, admin, applicationId: 'app', logger, onRestored: nothing, onWake: nothing };
  const restoration = new Restoration([task.state], options);
  restoration.start();
  return { task, restoration, warnings };
}

function table(serde: Serde<string>): Topology {
  const builder = new StreamsBuilder();
  builder
    .stream('in', { key: stringSerde, value: serde })
    .groupByKey()
    .reduce((_a, b) => b, { store: 'latest' });
  return builder.build();
}

function recordsOf(...values: readonly string[]) {
  return (): readonly ConsumedRecord[] =>
    values.map((value, offset) => {
      const key = Buffer.from(`k${offset}`);
      return { key, value: Buffer.from(value), headers: [], timestamp: 1, offset };
    });
}

const append = (_key: string, value: string, aggregate: string): string => aggregate + value;

const topologies: Readonly<Record<string, (builder: StreamsBuilder, serde: Serde<string>) => void>> = {
  'suppressed windows': (builder, serde) => {
    builder
      .stream('l', { key: serde, value: serde })
      .groupByKey()
      .windowedBy(TimeWindows.of({ sizeMs: 10, graceMs: 3 }))
      .aggregate(() => '', append, { store: 'store', value: serde })
      .suppress({ store: 'waiting', untilWindowCloses: true });
  },
  sessions: (builder, serde) => {
    builder
      .stream('l', { key: serde, value: serde })
      .groupByKey()
      .windowedBy(SessionWindows.of({ gapMs: 4, graceMs: 5 }))
      .aggregate(
        () => '',
        append,
        (_key, one, other) => one + other,
        { store: 'store', value: serde },
      );
  },
  'an outer join of streams': (builder, serde) => {
    const sides = { key: serde, value: serde };
    const windows = JoinWindows.of({ beforeMs: 4, afterMs: 3, graceMs: 2 });
    builder
      .stream('l', sides)
      .outerJoin(builder.stream('r', sides), (left, right) => `${left}|${right}`, { name: 'j', windows });
  },
  'a join with what a table held': (builder, serde) => {
    const sides = { key: serde, value: serde };
    const history = builder.table('r', { ...sides, store: 'table', historyRetentionMs: 50 });
    builder
      .stream('l', sides)
      .leftJoin(history, (left, right) => `${left}|${right}`, { name: 'j', graceMs: 4, value: serde });
  },
};

function drawn(
  draw: (builder: StreamsBuilder, serde: Serde<string>) => void,
  serde: Serde<string>,
): Topology {
  const builder = new StreamsBuilder();
  draw(builder, serde);
  return builder.build();
}

describe('restored values of an older schema version', () => {
  it('are read once their schema is fetched, asked for again while the registry is down', async () => {
    const registry = new Registry('2');
    registry.down = true;
    const { task, restoration, warnings } = restore(
      table(registry.serde),
      recordsOf('1|old', '2|own', '1|older'),
    );
    await until('it has asked in vain', () => warnings.length > 0);
    expect(restoration.isDone(task.state)).toBe(false);
    registry.down = false;
    await until('it is restored', () => restoration.isDone(task.state) || restoration.failure !== undefined);
    expect(restoration.failure).toBeUndefined();
    const store = task.stores.get('latest') as unknown as ReadOnlyKeyValueStore<string>;
    expect([...store.all()].map(([, { value }]) => value)).toEqual(['old', 'own', 'older']);
  });

  it('end the restoration where their schema will never be there, saying where', async () => {
    const { restoration } = restore(table(new Registry('2').serde), recordsOf('2|own', '9|odd'));
    await until('it has failed', () => restoration.failure !== undefined);
    expect(restoration.failure).toMatchObject({
      code: 'RESTORE_FAILED',
      message: 'changelog app-latest-changelog-0, from offset 0: no such version',
    });
  });

  it.each(Object.entries(topologies))('are read in every kind of store: %s', async (_, draw) => {
    const { serde } = new Registry('1');
    const sides = { key: serde, value: serde };
    const written = drawn(draw, serde);
    const driver = new TopologyTestDriver(written, { applicationId: 'app' });
    for (const { name: topic } of written.subTopologies.flatMap((sub) => sub.sourceTopics)) {
      const input = driver.createInputTopic(topic, sides);
      for (const timestamp of [1, 2, 20]) input.pipeInput(`${topic}-key`, 'value', { timestamp });
    }
    const registry = new Registry('2');
    const topology = drawn(draw, registry.serde);
    const { task, restoration } = restore(topology, (topic) => driver.rawRecords(topic));
    await until('it is restored', () => restoration.isDone(task.state) || restoration.failure !== undefined);
    expect(restoration.failure).toBeUndefined();
    expect(registry.lookups).toBeGreaterThan(0);
    expect([...task.stores.values()].reduce((sum, { size }) => sum + size, 0)).toBeGreaterThan(0);
  });
});
