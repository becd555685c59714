import type { Admin } from '@mesh/kafka';
import type { Topology } from '../topology/topology.js';
import type { RuntimeConfig } from './config.js';
import { GlobalStores } from './global-stores.js';
import { GlobalStreamThread } from './global-stream-thread.js';
import { LocalThread } from './local-thread.js';
import type { QueryableTask } from './queries/answer.js';
import { StreamThread, type ThreadListener } from './stream-thread.js';
import { TopicWatch } from './topic-watch.js';
import type { PreparedTopics } from './topics.js';

export interface ThreadHostOptions {
  readonly topology: Topology;
  readonly config: RuntimeConfig;
  readonly admin: Admin;
  readonly topics: PreparedTopics;
  /** The global tables are no longer kept up to date. */
  readonly onFatal: (error: Error) => void;
}

/** What the stream threads of one event loop have in common: the global tables, and the watch over the topics. */
export class ThreadHost {
  readonly #options: ThreadHostOptions;
  readonly #watch: TopicWatch;
  readonly #globalStores: GlobalStores;
  readonly #globalThread: GlobalStreamThread;

  constructor(options: ThreadHostOptions) {
    const { topology, config, admin, topics, onFatal } = options;
    const { applicationId, logger, topicCheckIntervalMs: intervalMs } = config;
    this.#options = options;
    this.#watch = new TopicWatch({ applicationId, admin, logger, topics, intervalMs });
    this.#globalStores = new GlobalStores(topology, config.onFailure);
    this.#globalThread = new GlobalStreamThread(this.#globalStores, { ...config, admin, onFatal });
  }

  /** Reads the global tables. @throws KafkaError, StreamsError `MISSING_SOURCE_TOPIC`, `RECORD_FAILED` */
  start(): Promise<void> {
    return this.#globalThread.start();
  }

  /** @param index unlike those of the instance's other threads */
  thread(index: number, listener: ThreadListener): LocalThread {
    const { topology, config, admin } = this.#options;
    const { applicationId } = config;
    const { byName } = this.#globalStores;
    const thread = new StreamThread(topology, config, admin, this.#watch, index, listener, byName);
    return new LocalThread(thread, { topology, applicationId, index });
  }

  /** The global tables. */
  get queryable(): readonly QueryableTask[] {
    return this.#globalStores.queryable;
  }

  /** After the threads. Never throws. */
  stop(): Promise<void> {
    return this.#globalThread.stop();
  }
}
