import {
  rangeAssignor,
  type Admin,
  type Assignor,
  type GroupSubscription,
  type KafkaLogger,
  type MemberAssignment,
  type MemberSubscription,
  type TopicPartition,
} from '@mesh/kafka';
import { changelogTopic, topicName, type SubTopology, type Topology } from '../../topology/topology.js';
import {
  assignTasks,
  type AssignableTask,
  type AssignmentOptions,
  type TaskAssignment,
} from './assign-tasks.js';
import {
  decodeAssigned,
  decodeSubscription,
  encodeAssigned,
  encodeSubscription,
  VERSION,
  type Assigned,
  type Subscription,
} from './messages.js';

/** What an assignor needs of the thread that it speaks for. */
export interface AssignedThread {
  /** Tasks processed, with their state complete. */
  activeTasks(): readonly string[];
  /** See `Subscription.offsetSums`. */
  offsetSums(): Readonly<Record<string, number>>;
  /** The thread asks for the end of the whole application. */
  readonly shutdownRequested: boolean;
  /** The group has decided; partitions follow. */
  onAssigned(assigned: Assigned): void;
}

export interface StreamsAssignorOptions extends AssignmentOptions {
  readonly topology: Topology;
  readonly applicationId: string;
  readonly processId: string;
  readonly applicationServer: string | undefined;
  readonly admin: Admin;
  readonly logger: KafkaLogger;
  readonly thread: AssignedThread;
}

/**
 * Shares tasks out, not partitions, with the state that members have in mind: see {@link assignTasks}. Cooperative: what
 * stays keeps running through a rebalance.
 */
export class StreamsAssignor implements Assignor {
  /** Not Kafka Streams' own, which is `stream`: members of the two in one group could not talk to each other. */
  readonly name = 'mesh-stream';
  readonly protocol = 'cooperative';
  readonly #options: StreamsAssignorOptions;

  constructor(options: StreamsAssignorOptions) {
    this.#options = options;
  }

  subscriptionUserData(): Buffer {
    const { processId, applicationServer, thread } = this.#options;
    return encodeSubscription({
      version: VERSION,
      processId,
      ...(applicationServer === undefined ? {} : { applicationServer }),
      active: thread.activeTasks(),
      offsetSums: thread.offsetSums(),
      shutdown: thread.shutdownRequested,
    });
  }

  async assign({ members, partitionCounts }: GroupSubscription): Promise<Map<string, MemberAssignment>> {
    const { topology, applicationId } = this.#options;
    const topics = new Set(topology.subTopologies.flatMap((sub) => sourceTopics(sub, applicationId)));
    // While instances with another topology are about, each kind of them does what only it can.
    const [same, others] = partition(members, (member) => isSame(topics, member.topics));
    const foreign = new Map([...partitionCounts].filter(([topic]) => !topics.has(topic)));
    const result = new Map(await rangeAssignor.assign({ members: others, partitionCounts: foreign }));

    const told = same.map((member) => ({ member, about: aboutOf(member) }));
    const tasks = await this.#tasks(partitionCounts);
    const given = assignTasks(clientsOf(told), [...tasks.keys()], this.#options);
    const sources = new Map(Array.from(tasks, ([task, partitions]) => [task.id, partitions]));
    const stateful = new Set([...tasks.keys()].filter((task) => task.stateful).map(({ id }) => id));
    const held = heldByOthers(told, given, sources);
    const clients = metadataOf(told, given, held);
    const version = Math.min(VERSION, ...told.map(({ about }) => about.version));
    const shutdown = told.some(({ about }) => about.shutdown);
    const [prober] = given.waiting.length > 0 ? same : [];
    for (const { member } of told) {
      const { active = [], standby = [] } = given.members.get(member.memberId) ?? {};
      // What comes with the rebalance that follows is kept up to date until then.
      const coming = active.filter((id) => held.has(id) && stateful.has(id));
      const assigned = { standby: [...standby, ...coming], clients, probe: member === prober, shutdown };
      result.set(member.memberId, {
        partitions: active.flatMap((id) => sources.get(id) ?? []),
        userData: encodeAssigned(assigned, version),
      });
    }
    return result;
  }

  onAssignment({ userData }: MemberAssignment): void {
    const { thread, logger } = this.#options;
    const assigned = decodeAssigned(userData);
    if (assigned === undefined) {
      // The leader runs another topology, or speaks a version that is not known here.
      logger.warn({}, 'the leader of the group told nothing about tasks');
    }
    thread.onAssigned(assigned ?? { standby: [], clients: [], probe: false, shutdown: false });
  }

  /** The tasks there are, with the partitions that each reads. */
  async #tasks(
    partitionCounts: ReadonlyMap<string, number>,
  ): Promise<ReadonlyMap<AssignableTask, readonly TopicPartition[]>> {
    const { topology, applicationId } = this.#options;
    const found = topology.subTopologies.flatMap((sub) => {
      const topics = sourceTopics(sub, applicationId);
      const count = Math.max(0, ...topics.map((topic) => partitionCounts.get(topic) ?? 0));
      return Array.from({ length: count }, (_, index) => ({
        sub,
        index,
        sources: topics
          .filter((topic) => index < (partitionCounts.get(topic) ?? 0))
          .map((topic) => ({ topic, partition: index })),
      }));
    });
    const ends = await this.#endOffsets(
      found.flatMap(({ sub, index }) =>
        sub.stores.map((store) => ({ topic: changelogTopic(applicationId, store), partition: index })),
      ),
    );
    return new Map(
      found.map(({ sub, index, sources }) => {
        const changelogs = sub.stores.map((store) => `${changelogTopic(applicationId, store)}-${index}`);
        return [
          {
            id: `${sub.id}_${index}`,
            subTopology: sub.id,
            stateful: sub.stores.length > 0,
            endOffsetSum: changelogs.reduce((sum, changelog) => sum + (ends?.get(changelog) ?? UNKNOWN), 0),
          },
          sources,
        ];
      }),
    );
  }

  async #endOffsets(changelogs: readonly TopicPartition[]): Promise<ReadonlyMap<string, number> | undefined> {
    if (changelogs.length === 0) return new Map();
    try {
      const ends = await this.#options.admin.endOffsets(changelogs);
      return new Map(ends.map(({ topic, partition: index, offset }) => [`${topic}-${index}`, offset]));
    } catch (error) {
      this.#options.logger.warn({ err: error }, 'could not look up how long the changelogs are: tasks stay');
      return undefined;
    }
  }
}

/** So long that nobody counts as near but who processes the task. */
const UNKNOWN = 2 ** 52;

interface Told {
  readonly member: MemberSubscription;
  readonly about: Subscription;
}

/** A member whose word is not understood is a process of its own that has nothing. */
function aboutOf({ memberId, userData }: MemberSubscription): Subscription {
  const nothing = { version: VERSION, processId: memberId, active: [], offsetSums: {}, shutdown: false };
  return decodeSubscription(userData) ?? nothing;
}

function clientsOf(told: readonly Told[]): Parameters<typeof assignTasks>[0] {
  return processesOf(told).map(([processId, members]) => ({
    processId,
    members: members.map(({ member, about }) => ({
      memberId: member.memberId,
      active: new Set(about.active),
      offsetSums: new Map(Object.entries(about.offsetSums)),
    })),
  }));
}

/**
 * Tasks that move away from a member that owns them: by task, the process of that one. They are kept back until it has
 * let go of them, which it does when it hears of it.
 */
function heldByOthers(
  told: readonly Told[],
  given: TaskAssignment,
  sources: ReadonlyMap<string, readonly TopicPartition[]>,
): ReadonlyMap<string, string> {
  const owners = new Map<string, Told>();
  for (const each of told) for (const owned of each.member.ownedPartitions) owners.set(key(owned), each);
  const held = new Map<string, string>();
  for (const [memberId, { active }] of given.members) {
    for (const id of active) {
      const owner = (sources.get(id) ?? [])
        .map((source) => owners.get(key(source)))
        .find((each) => each !== undefined);
      if (owner !== undefined && owner.member.memberId !== memberId) held.set(id, owner.about.processId);
    }
  }
  return held;
}

/** Who has which tasks until the next rebalance. */
function metadataOf(
  told: readonly Told[],
  given: TaskAssignment,
  held: ReadonlyMap<string, string>,
): Assigned['clients'] {
  const processes = processesOf(told);
  const active = new Map(processes.map(([processId]) => [processId, [] as string[]]));
  for (const { member, about } of told) {
    for (const id of given.members.get(member.memberId)?.active ?? [])
      active.get(held.get(id) ?? about.processId)?.push(id);
  }
  return processes.map(([processId, members]) => {
    const server = members.find(({ about }) => about.applicationServer !== undefined)?.about
      .applicationServer;
    const activeTasks = active.get(processId) ?? [];
    return {
      ...(server === undefined ? {} : { applicationServer: server }),
      activeTasks,
      standbyTasks: members
        .flatMap(({ member }) => given.members.get(member.memberId)?.standby ?? [])
        .filter((id) => !activeTasks.includes(id)),
    };
  });
}

function processesOf(told: readonly Told[]): [string, Told[]][] {
  const processes = new Map<string, Told[]>();
  for (const each of told) {
    const members = processes.get(each.about.processId);
    if (members === undefined) processes.set(each.about.processId, [each]);
    else members.push(each);
  }
  return [...processes];
}

function sourceTopics(sub: SubTopology, applicationId: string): readonly string[] {
  return [...new Set(sub.sourceTopics.map((ref) => topicName(applicationId, ref)))];
}

function isSame(topics: ReadonlySet<string>, others: readonly string[]): boolean {
  return new Set(others).size === topics.size && others.every((topic) => topics.has(topic));
}

function key({ topic, partition: index }: TopicPartition): string {
  return `${topic}-${index}`;
}

function partition<T>(items: readonly T[], belongs: (item: T) => boolean): [T[], T[]] {
  return [items.filter(belongs), items.filter((item) => !belongs(item))];
}
