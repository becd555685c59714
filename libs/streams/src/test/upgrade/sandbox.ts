import type { ConsumedRecord } from '@mesh/kafka';
import { answerQuery } from '../../runtime/queries/answer.js';
import type { StateQueryRequest, StateQueryResult } from '../../runtime/queries/query.js';
import { Task } from '../../runtime/task.js';
import { internalTopics } from '../../runtime/topics.js';
import { CacheBudget } from '../../state/pending-changes.js';
import type { StateStoreProvider } from '../../state/provider.js';
import { TaskState } from '../../state/task-state.js';
import { topicName } from '../../topology/topology.js';
import { fromRecorded, toRecorded, type RecordedTopic } from './recording.js';
import { APPLICATION_ID, upgradeTopology } from './topology.js';
import type { WaveRecord } from './waves.js';

interface Topic {
  readonly records: ConsumedRecord[];
  /** The next offset that is read, and committed. */
  position: number;
}

/**
 * The tasks that production runs, over topics of one partition in memory: unlike with the test driver, what is read
 * can be held up, so that records wait in internal topics as they do where an application ends in the middle of its work.
 */
export class Sandbox {
  readonly topology = upgradeTopology();
  readonly #topics = new Map<string, Topic>();
  #tasks: readonly Task[] = [];
  /** Records of changelogs that were read to have the state. */
  restored = 0;

  private constructor() {}

  /** @param left what an application has left behind; default nothing */
  static async open(left: readonly RecordedTopic[] = [], stores?: StateStoreProvider): Promise<Sandbox> {
    const sandbox = new Sandbox();
    for (const { name, records, committed = 0 } of left) {
      sandbox.#topics.set(name, {
        records: records.map((record, offset) => ({ ...fromRecorded(record), offset })),
        position: committed,
      });
    }
    await sandbox.#begin(stores);
    return sandbox;
  }

  write({ topic, key, value, timestamp, headers }: WaveRecord): void {
    this.#append(topic, Buffer.from(key), value === null ? null : Buffer.from(value), headers, timestamp);
  }

  /** Processes all there is, of topics that may be read. */
  run(mayRead: (topic: string) => boolean = () => true): void {
    for (let progress = true; progress;) {
      progress = false;
      for (const task of this.#tasks) {
        for (const { topic } of task.sources) if (mayRead(topic)) this.#fetch(task, topic);
        while (task.process(1) > 0) progress = true;
        task.flush();
        if (task.failure !== undefined) throw task.failure;
        const offsets = task.committable();
        task.committed(offsets);
        task.commitState((topic) => this.#topic(topic).records.length);
      }
    }
  }

  /** The records of a topic from an offset on. */
  read(topic: string, from = 0): readonly ConsumedRecord[] {
    return this.#topic(topic).records.slice(from);
  }

  query(request: StateQueryRequest): Promise<StateQueryResult> {
    const tasks = this.#tasks.map(({ partition, stores, position }) => {
      return { partition, stores, position, role: 'active' as const };
    });
    return Promise.resolve(answerQuery(this.topology, APPLICATION_ID, tasks, request));
  }

  /** What is left behind now. */
  left(): readonly RecordedTopic[] {
    const read = new Set(this.#tasks.flatMap(({ sources }) => sources.map(({ topic }) => topic)));
    const tasks = this.topology.subTopologies.map(() => 1);
    const options = { applicationId: APPLICATION_ID, replicationFactor: 1 };
    const configs = internalTopics(this.topology, tasks, options);
    return [...this.#topics].map(([name, { records, position }]) => {
      const config = configs.find((spec) => spec.name === name)?.config;
      return {
        name,
        ...(config === undefined ? {} : { config }),
        records: records.map(toRecorded),
        ...(read.has(name) ? { committed: position } : {}),
      };
    });
  }

  async close(): Promise<void> {
    for (const task of this.#tasks) task.close();
    await Promise.all(this.#tasks.map(({ state }) => state.close()));
  }

  async #begin(stores: StateStoreProvider | undefined): Promise<void> {
    const budget = new CacheBudget(0);
    const states: TaskState[] = [];
    for (const subTopology of this.topology.subTopologies) {
      const options = { applicationId: APPLICATION_ID, subTopology, partition: 0, budget };
      states.push(await TaskState.open(options, stores));
    }
    this.#tasks = states.map((state) => this.#task(state));
    for (const state of states) {
      for (const { store, topic } of state.changelogs) {
        const records = this.read(topic, state.position(store.name) ?? 0);
        for (const { key, value, timestamp } of records) {
          if (key !== null) store.restore(key, value, timestamp);
        }
        this.restored += records.length;
        state.restored(store.name, this.#topic(topic).records.length);
      }
    }
  }

  #task(state: TaskState): Task {
    return new Task({
      applicationId: APPLICATION_ID,
      state,
      sources: state.subTopology.sourceTopics.map((ref) => {
        return { topic: topicName(APPLICATION_ID, ref), partition: 0 };
      }),
      collector: {
        send: (topic, key, value, headers, timestamp) => this.#append(topic, key, value, headers, timestamp),
      },
      onFailure: () => 'fail',
      deadLetterTopic: (topic) => `${topic}.dlq`,
      onWake: () => undefined,
    });
  }

  #fetch(task: Task, name: string): void {
    const topic = this.#topic(name);
    const records = topic.records.slice(topic.position);
    if (records.length === 0) return;
    topic.position = topic.records.length;
    const { position } = topic;
    task.enqueue({ topic: name, partition: 0, records, nextOffset: position, highWatermark: position });
  }

  #append(
    name: string,
    key: Buffer | null,
    value: Buffer | null,
    headers: ConsumedRecord['headers'],
    timestamp: number,
  ): void {
    const { records } = this.#topic(name);
    records.push({ key, value, headers, timestamp, offset: records.length });
  }

  #topic(name: string): Topic {
    let topic = this.#topics.get(name);
    if (topic === undefined) {
      topic = { records: [], position: 0 };
      this.#topics.set(name, topic);
    }
    return topic;
  }
}
