import { KafkaError, type Admin, type KafkaLogger } from '@mesh/kafka';
import { StreamsError } from '../errors.js';
import { toError } from './failures.js';
import type { PreparedTopics } from './topics.js';

export interface TopicWatchOptions {
  readonly applicationId: string;
  readonly admin: Admin;
  readonly logger: KafkaLogger;
  readonly topics: PreparedTopics;
  readonly intervalMs: number;
}

/** A broker may not have heard of a topic yet that another one knows. Milliseconds. */
const PATIENCE_MS = 3_000;
const POLL_MS = 250;

/**
 * Looks whether the topics are still those that the application began with. To Kafka a topic that is gone is one that
 * may come, and one with more partitions is fine: a group goes on with what there is. But keys have moved away from
 * their state then, or records are no longer there.
 */
export class TopicWatch {
  readonly #options: TopicWatchOptions;
  #failure: Error | undefined;
  #nextAt: number;
  #looking = false;

  constructor(options: TopicWatchOptions) {
    this.#options = options;
    this.#nextAt = performance.now() + options.intervalMs;
  }

  /** What a look in the background has found. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** To be called often: looks from time to time, beside the caller. */
  tick(): void {
    if (this.#looking || performance.now() < this.#nextAt) return;
    this.#looking = true;
    this.check()
      .catch((error: unknown) => {
        // A cluster that does not answer is not to be taken for one without topics.
        if (error instanceof KafkaError)
          this.#options.logger.debug({ err: error }, 'could not look at topics');
        else this.#failure = toError(error);
      })
      .finally(() => {
        this.#looking = false;
        this.#nextAt = performance.now() + this.#options.intervalMs;
      });
  }

  /** @throws StreamsError `MISSING_SOURCE_TOPIC`, `MISSING_INTERNAL_TOPIC`, `PARTITIONS_CHANGED` */
  async check(): Promise<void> {
    const { sources, internal } = this.#options.topics;
    const found = await this.#describe([...sources.keys(), ...internal.keys()]);
    const missing = [...sources.keys()].filter((topic) => !found.has(topic));
    if (missing.length > 0) throw this.#missing('MISSING_SOURCE_TOPIC', 'reads', missing);
    const lost = [...internal.keys()].filter((topic) => !found.has(topic));
    if (lost.length > 0) throw this.#missing('MISSING_INTERNAL_TOPIC', 'keeps its state in', lost);
    // Without state it does not matter who reads a partition: more of them are taken up.
    if (internal.size > 0) this.#comparePartitions(found);
  }

  #comparePartitions(found: ReadonlyMap<string, number>): void {
    const { applicationId, topics } = this.#options;
    const changed = [...topics.sources, ...topics.internal].filter(
      ([topic, count]) => found.get(topic) !== count,
    );
    if (changed.length === 0) return;
    const each = changed.map(
      ([topic, count]) => `${topic} had ${count} partitions and has ${found.get(topic)}`,
    );
    throw new StreamsError(
      'PARTITIONS_CHANGED',
      `application ${applicationId}: ${each.join('; ')}. Keys are in other partitions than their state is: reset the ` +
        `application (./mesh reset ${applicationId}) to build it anew`,
    );
  }

  #missing(
    code: 'MISSING_SOURCE_TOPIC' | 'MISSING_INTERNAL_TOPIC',
    does: string,
    topics: readonly string[],
  ): StreamsError {
    const { applicationId } = this.#options;
    return new StreamsError(
      code,
      `application ${applicationId} ${does} ${topics.join(', ')}, which was deleted while it ran. ` +
        `What it held is gone: create it where it is missed, and reset the application (./mesh reset ${applicationId})`,
    );
  }

  async #describe(topics: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const described = await this.#options.admin.describeTopics(topics);
      if (described.length === topics.length || performance.now() > deadline) {
        return new Map(described.map(({ name, partitions }) => [name, partitions]));
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
}
