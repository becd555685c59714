import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ConsumedRecord, KafkaClient, PartitionReader } from '@mesh/kafka';
import { KafkaStreams, stringSerde } from '../index.js';
import { TopologyTestDriver } from '../testing/index.js';
import { until } from '@mesh/jest/until.mjs';
import { TestCluster } from '../test/cluster.js';
import { JavaApplication } from '../test/interop/java-application.js';
import { inputTopics, interopTopology, outputTopics } from '../test/interop/topology.js';

interface Input {
  readonly topic: (typeof inputTopics)[number];
  readonly key: string;
  readonly value: string | null;
  readonly timestamp: number;
}

const APPLICATION_ID = 'interop';
const PATIENCE_MS = 30_000;
const START = 1_700_000_000_000;
const strings = { key: stringSerde, value: stringSerde };

let cluster: TestCluster;
let java: JavaApplication | undefined;

beforeAll(async () => {
  cluster = await TestCluster.start();
  await cluster.createTopics(1, ...inputTopics, ...outputTopics);
}, 180_000);

afterAll(async () => {
  java?.kill();
  await cluster.stop();
});

/** What each application is given: records that meet the state of those before it, and that close their windows. */
function wave(number: number): readonly Input[] {
  const base = START + number * 1_200;
  const play = (user: string, song: string, ms: number): Input => ({
    topic: 'plays',
    key: user,
    value: song,
    timestamp: base + ms,
  });
  return [
    { topic: 'plans', key: 'free', value: `free-${number}`, timestamp: base },
    { topic: 'users', key: 'ann', value: `free:ann-${number}`, timestamp: base + 1 },
    { topic: 'users', key: 'bob', value: `paid:bob-${number}`, timestamp: base + 2 },
    { topic: 'plans', key: 'paid', value: number === 1 ? null : `paid-${number}`, timestamp: base + 3 },
    { topic: 'users', key: `guest-${number - 1}`, value: null, timestamp: base + 4 },
    { topic: 'users', key: `guest-${number}`, value: 'free:guest', timestamp: base + 5 },
    play('ann', 'song-1', 10),
    { topic: 'likes', key: 'ann', value: `like-${number}`, timestamp: base + 20 },
    play('bob', 'song-2', 50),
    // Goes on with the session, and is in the join's window, of the wave before.
    play('ann', 'song-1', -100),
    { topic: 'likes', key: 'bob', value: `late-like-${number}`, timestamp: base - 150 },
    play('bob', 'song-1', 200),
    play(`guest-${number}`, 'song-3', 900),
    play('ann', 'song-2', 1_000),
  ];
}

type Outputs = ReadonlyMap<string, readonly string[]>;

/** What one application alone makes of these records. */
function expected(inputs: readonly Input[]): Outputs {
  const driver = new TopologyTestDriver(interopTopology());
  for (const { topic, key, value, timestamp } of inputs) {
    driver.createInputTopic(topic, strings).pipeInput(key, value, { timestamp });
  }
  const made = new Map(outputTopics.map((topic) => [topic, driver.rawRecords(topic).map(shown)]));
  driver.close();
  return made;
}

function shown({ key, value, timestamp }: Pick<ConsumedRecord, 'key' | 'value' | 'timestamp'>): string {
  return `${key?.toString('hex')} ${value?.toString('hex')} ${timestamp}`;
}

function total(made: Outputs): number {
  return [...made.values()].reduce((sum, { length }) => sum + length, 0);
}

/** Follows the output topics. */
class Follower {
  readonly #made = new Map<string, string[]>(outputTopics.map((topic) => [topic, []]));
  #reader: PartitionReader | undefined;

  /** Reads until as much was made as is expected, or time is up. */
  async until(wanted: Outputs): Promise<void> {
    this.#reader ??= await cluster.client.reader(
      outputTopics.map((topic) => ({ topic, partition: 0, offset: 0 })),
    );
    const reader = this.#reader;
    const deadline = Date.now() + PATIENCE_MS;
    while (total(this.#made) < total(wanted) && Date.now() < deadline) {
      for (const { topic, records } of await reader.poll(200)) {
        this.#made.get(topic)?.push(...records.map(shown));
      }
    }
    expect(this.#made).toEqual(wanted);
  }

  async close(): Promise<void> {
    await this.#reader?.close();
  }
}

function internal(topics: readonly string[]): readonly string[] {
  return topics.filter((topic) => topic.startsWith(`${APPLICATION_ID}-`)).sort();
}

function ours(client: KafkaClient): KafkaStreams {
  return new KafkaStreams(interopTopology(), {
    applicationId: APPLICATION_ID,
    client,
    processingGuarantee: 'exactly_once_v2',
    commitIntervalMs: 20,
    // What was read stays in repartition topics, to be read by others.
    repartitionPurgeIntervalMs: 3_600_000,
    createDeadLetterTopics: false,
    onFailure: () => 'fail',
  });
}

async function runOurs(work: () => Promise<void>): Promise<void> {
  const app = ours(cluster.client);
  await app.start();
  await until('our application runs', () => {
    if (app.error !== undefined) throw app.error;
    return app.ready;
  });
  await work();
  await app.close();
}

describe('an application that Kafka Streams and this library run in turn', () => {
  it('goes on from what the other left: changelogs, repartition topics, names', async () => {
    const follower = new Follower();
    const fed: Input[] = [];
    /** One record after the other, so that what meets in a join does so in one order. */
    const feed = async (number: number): Promise<void> => {
      for (const input of wave(number)) {
        const { topic, key, value, timestamp } = input;
        fed.push(input);
        await cluster.produce(topic, [
          { key: Buffer.from(key), value: value === null ? null : Buffer.from(value), timestamp },
        ]);
        await follower.until(expected(fed));
      }
    };

    await runOurs(() => feed(0));
    const admin = cluster.client.admin();
    const topics = await admin.listTopics();

    java = await JavaApplication.start(cluster.server.bootstrap, APPLICATION_ID);
    const stores = internal(topics).flatMap((topic) => /^interop-(.*)-changelog$/.exec(topic)?.[1] ?? []);
    for (const store of stores)
      expect([store, java?.restored.get(store)]).toEqual([store, expect.any(Number)]);
    await feed(1).catch((error: unknown) => {
      throw new Error(java?.output, { cause: error });
    });
    await java.stop();
    // It found every topic it needs, and needs every topic it found.
    expect([...(await admin.listTopics())].sort()).toEqual([...topics].sort());

    await runOurs(() => feed(2));
    await follower.close();
    await admin.close();
  }, 300_000);
});
