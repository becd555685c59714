import type { Admin, KafkaLogger, PartitionOffset } from '@mesh/kafka';
import { topicName, type Topology } from '../topology/topology.js';

export interface RepartitionPurgeOptions {
  readonly applicationId: string;
  /** At most so often. Milliseconds. */
  readonly repartitionPurgeIntervalMs: number;
  readonly logger: KafkaLogger;
}

/** Deletes what is processed from repartition topics, which nothing else deletes. */
export class RepartitionPurge {
  readonly #admin: Admin;
  readonly #options: RepartitionPurgeOptions;
  readonly #topics: ReadonlySet<string>;
  #last = Date.now();
  #underWay = false;

  constructor(topology: Topology, admin: Admin, options: RepartitionPurgeOptions) {
    this.#admin = admin;
    this.#options = options;
    this.#topics = new Set(
      topology.subTopologies.flatMap((sub) =>
        sub.sourceTopics.filter((ref) => ref.internal).map((ref) => topicName(options.applicationId, ref)),
      ),
    );
  }

  /** To be told of each commit; does it beside what comes next, when it is time. */
  committed(positions: readonly PartitionOffset[]): void {
    const { repartitionPurgeIntervalMs, logger } = this.#options;
    if (this.#underWay || Date.now() - this.#last < repartitionPurgeIntervalMs) return;
    const offsets = positions.filter(({ topic }) => this.#topics.has(topic));
    if (offsets.length === 0) return;
    this.#underWay = true;
    this.#last = Date.now();
    this.#admin
      .deleteRecordsBefore(offsets)
      .catch((error: unknown) =>
        logger.warn({ err: error }, 'could not purge repartition topics, trying again later'),
      )
      .finally(() => {
        this.#underWay = false;
      });
  }
}
