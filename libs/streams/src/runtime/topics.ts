import type { Admin, KafkaLogger, TopicSpec } from '@mesh/kafka';
import { StreamsError } from '../errors.js';
import type { StoreSpec } from '../topology/nodes.js';
import { changelogTopic, topicName, type SubTopology, type Topology } from '../topology/topology.js';
import { deadLetterTopic } from './dead-letters.js';

export interface TopicsOptions {
  readonly applicationId: string;
  /** For topics made here; −1 is the broker's default. */
  readonly replicationFactor: number;
  /** How long to wait for source topics that do not exist. Milliseconds. */
  readonly missingTopicsTimeoutMs: number;
  readonly createDeadLetterTopics: boolean;
  readonly logger: KafkaLogger;
}

type NamingOptions = Pick<TopicsOptions, 'applicationId' | 'replicationFactor'>;

const MISSING_TOPIC_POLL_MS = 500;
/** For clocks that differ, and records that are late. Milliseconds. */
const ADDITIONAL_RETENTION_MS = 24 * 60 * 60 * 1000;

/**
 * Records carry the time of what they came from, or what an extractor says; since 4.0 a broker refuses by default what
 * is an hour ahead of it.
 */
const ANY_TIME = {
  'message.timestamp.type': 'CreateTime',
  'message.timestamp.before.max.ms': '9223372036854775807',
  'message.timestamp.after.max.ms': '9223372036854775807',
};
/** The default of `max.message.bytes`. */
const MAX_MESSAGE_BYTES = 1_048_588;
/** What a dead letter may be larger than its record: the headers that say why. Bytes. */
const LETTER_HEADERS_BYTES = 64 * 1024;
/** What a topic of ours must have; the rest may be altered. */
const VERIFIED = ['cleanup.policy', ...Object.keys(ANY_TIME)];

/** Topics and tasks as of the start. */
export interface PreparedTopics {
  /** The number of tasks of each sub-topology, by its id. */
  readonly tasks: readonly number[];
  /** The partitions of each topic that is read from outside. */
  readonly sources: ReadonlyMap<string, number>;
  /** The repartition and changelog topics. */
  readonly internal: ReadonlyMap<string, number>;
}

/**
 * Makes sure that all topics are there before the application joins its group: waits for those it reads, creates and
 * checks its own.
 */
export async function prepareTopics(
  admin: Admin,
  topology: Topology,
  options: TopicsOptions,
): Promise<PreparedTopics> {
  const { applicationId, logger } = options;
  const partitions = await sourcePartitions(admin, topology, options);
  const tasks = countTasks(topology, applicationId, partitions);
  const wanted = internalTopics(topology, tasks, options);
  if (options.createDeadLetterTopics) {
    const sources = topology.subTopologies.flatMap((sub) => sub.sourceTopics.map((ref) => ({ sub, ref })));
    const letters = sources.map(async ({ sub, ref }) => {
      const name = topicName(applicationId, ref);
      const maxBytes = ref.internal ? undefined : (await admin.topicConfig(name))['max.message.bytes'];
      return deadLetters(name, tasks[sub.id] ?? 1, Number(maxBytes ?? MAX_MESSAGE_BYTES), options);
    });
    await create(admin, await Promise.all(letters), logger);
  }
  await create(admin, wanted, logger);
  for (const topic of wanted) await verify(admin, topic);
  return {
    tasks,
    sources: partitions,
    internal: new Map(wanted.map(({ name, partitions: count }) => [name, count])),
  };
}

async function sourcePartitions(
  admin: Admin,
  topology: Topology,
  options: TopicsOptions,
): Promise<Map<string, number>> {
  const own = topology.subTopologies.flatMap((sub) =>
    sub.sourceTopics.filter((topic) => !topic.internal).map((topic) => topic.name),
  );
  // Global tables take up new partitions at the next start, and are watched by their own reader.
  const names = [...own, ...topology.globalTables.map(({ topic }) => topic)];
  const deadline = Date.now() + options.missingTopicsTimeoutMs;
  for (let warned = false; ;) {
    const described = await admin.describeTopics(names);
    const found = new Map(described.map(({ name, partitions }) => [name, partitions]));
    const missing = names.filter((name) => !found.has(name));
    if (missing.length === 0) return new Map([...found].filter(([name]) => own.includes(name)));
    if (Date.now() >= deadline) {
      throw new StreamsError(
        'MISSING_SOURCE_TOPIC',
        `application ${options.applicationId} reads ${missing.join(', ')}, which does not exist: create it first`,
      );
    }
    if (!warned) options.logger.warn({ topics: missing }, 'waiting for source topics that do not exist');
    warned = true;
    await new Promise((resolve) => setTimeout(resolve, MISSING_TOPIC_POLL_MS));
  }
}

/**
 * A topic of ours has as many partitions as the user's topics that are read along with it, whose records it must meet;
 * where there are none, as the largest source of those who write to it. As in Kafka Streams.
 */
function countTasks(
  topology: Topology,
  applicationId: string,
  sources: Map<string, number>,
): readonly number[] {
  const partitions = new Map(sources);
  for (const { sourceTopics } of topology.subTopologies) {
    const count = sourceTopics
      .map((ref) => ref.partitions ?? (ref.internal ? undefined : sources.get(ref.name)))
      .find((given) => given !== undefined);
    if (count === undefined) continue;
    for (const ref of sourceTopics) {
      if (ref.internal) partitions.set(topicName(applicationId, ref), ref.partitions ?? count);
    }
  }
  const settled = new Set(partitions.keys());
  const tasks = new Map<SubTopology, number>();
  for (let progress = true; progress;) {
    progress = false;
    for (const sub of topology.subTopologies) {
      const counts = sub.sourceTopics.map((ref) => partitions.get(topicName(applicationId, ref)));
      if (tasks.has(sub) || counts.some((count) => count === undefined)) continue;
      tasks.set(sub, coPartitioned(sub, applicationId, partitions));
      progress = true;
      for (const { topic } of sub.sinks) {
        const name = topicName(applicationId, topic);
        if (topic.internal && !settled.has(name))
          partitions.set(name, Math.max(partitions.get(name) ?? 0, tasks.get(sub) ?? 0));
      }
    }
  }
  const byId: number[] = [];
  for (const { id } of topology.globalTables) byId[id] = 0;
  for (const sub of topology.subTopologies) byId[sub.id] = tasks.get(sub) ?? 0;
  return byId;
}

function coPartitioned(
  sub: SubTopology,
  applicationId: string,
  partitions: ReadonlyMap<string, number>,
): number {
  const topics = sub.sourceTopics.map((ref) => topicName(applicationId, ref));
  const counts = topics.map((topic) => partitions.get(topic) ?? 0);
  const [first = 0] = counts;
  if (counts.some((count) => count !== first)) {
    const list = topics.map((topic, index) => `${topic} has ${counts[index] ?? 0}`).join(', ');
    throw new StreamsError(
      'NOT_COPARTITIONED',
      `sub-topology ${sub.id} reads topics with unlike numbers of partitions (${list}): ` +
        `create them with as many each, or send one through a repartition topic`,
    );
  }
  return first;
}

/** The repartition and changelog topics, as they are created. @param tasks of each sub-topology, by its id */
export function internalTopics(
  topology: Topology,
  tasks: readonly number[],
  options: NamingOptions,
): readonly TopicSpec[] {
  return [...repartitionTopics(topology, tasks, options), ...changelogTopics(topology, tasks, options)];
}

function repartitionTopics(
  topology: Topology,
  tasks: readonly number[],
  options: NamingOptions,
): TopicSpec[] {
  return topology.subTopologies.flatMap((sub) =>
    sub.sourceTopics
      .filter((topic) => topic.internal)
      .map((topic) => ({
        name: topicName(options.applicationId, topic),
        partitions: tasks[sub.id] ?? 0,
        replicationFactor: options.replicationFactor,
        // What was processed is deleted by the application: time must not delete what was not.
        config: {
          'cleanup.policy': 'delete',
          'retention.ms': '-1',
          'segment.bytes': String(50 * 1024 * 1024),
          ...ANY_TIME,
        },
      })),
  );
}

/** Stores write tombstones for what they drop, windows too: time deletes nothing (see `InMemoryWindowStore`). */
function changelogTopics(topology: Topology, tasks: readonly number[], options: NamingOptions): TopicSpec[] {
  return topology.subTopologies.flatMap((sub) =>
    sub.stores.map((store) => ({
      name: changelogTopic(options.applicationId, store),
      partitions: tasks[sub.id] ?? 0,
      replicationFactor: options.replicationFactor,
      config: { 'cleanup.policy': 'compact', ...compactionLag(store), ...ANY_TIME },
    })),
  );
}

/**
 * Compaction keeps the last version of a key: those that are still asked for must be out of its reach, as in Kafka
 * Streams (`windowstore.changelog.additional.retention.ms`).
 */
function compactionLag({ type, retentionMs }: StoreSpec): Readonly<Record<string, string>> {
  if (type !== 'versioned' || retentionMs === undefined) return {};
  return { 'min.compaction.lag.ms': String(retentionMs + ADDITIONAL_RETENTION_MS) };
}

function deadLetters(
  topic: string,
  partitions: number,
  maxBytes: number,
  { replicationFactor }: TopicsOptions,
): TopicSpec {
  const config = {
    'cleanup.policy': 'delete',
    // They keep the time of what failed, which may be long ago already.
    'retention.ms': '-1',
    'max.message.bytes': String(maxBytes + LETTER_HEADERS_BYTES),
    ...ANY_TIME,
  };
  return { name: deadLetterTopic(topic), partitions, replicationFactor, config };
}

async function create(admin: Admin, topics: readonly TopicSpec[], logger: KafkaLogger): Promise<void> {
  if (topics.length === 0) return;
  const created = await admin.createTopics(topics);
  if (created.length > 0) logger.info({ topics: created }, 'created topics');
}

async function verify(admin: Admin, wanted: TopicSpec): Promise<void> {
  const [found] = await admin.describeTopics([wanted.name]);
  if (found !== undefined && found.partitions !== wanted.partitions) {
    throw new StreamsError(
      'INTERNAL_TOPIC_MISMATCH',
      `${wanted.name} has ${found.partitions} partitions and needs ${wanted.partitions}: a source topic was resized. ` +
        `Keys would meet the state of others. Reset the application (delete its internal topics), or restore the source`,
    );
  }
  const config = await admin.topicConfig(wanted.name);
  for (const name of VERIFIED) {
    const must = wanted.config[name];
    const is = config[name];
    if (must === undefined || canonical(is) === canonical(must)) continue;
    throw new StreamsError(
      'INTERNAL_TOPIC_MISMATCH',
      `${wanted.name}: its ${name} is ${is ?? 'unknown'} and must be ${must}: it would lose or refuse records that are needed. Alter the topic`,
    );
  }
}

/** A list in no order, as `compact,delete`. */
function canonical(list: string | undefined): string | undefined {
  return list?.split(',').sort().join();
}
