import type { PartitionReader } from '../port/consumer.js';
import type { PartitionOffset, RecordBatch } from '../port/records.js';
import type { Cluster } from './cluster.js';
import { Fetcher } from './fetcher.js';
import { assertOpen } from './producer-session.js';
import { retrying } from './retry.js';
import { Wakeup } from './wakeup.js';

const LOOKUP_TIMEOUT_MS = 30_000;

/** Fetches straight from the partitions' leaders: no group is involved. */
export class OffsetReader implements PartitionReader {
  private readonly cluster: Cluster;
  private readonly wakeup = new Wakeup();
  private readonly fetcher: Fetcher;

  private constructor(cluster: Cluster) {
    this.cluster = cluster;
    this.fetcher = new Fetcher(cluster, { readCommitted: true, wake: () => this.wakeup.wake() });
  }

  /** @throws KafkaError UNKNOWN_TOPIC where a partition does not exist */
  static async open(cluster: Cluster, from: readonly PartitionOffset[]): Promise<OffsetReader> {
    const options = { deadline: Date.now() + LOOKUP_TIMEOUT_MS, signal: cluster.closed };
    for (const position of from) await retrying(() => cluster.leader(position), options);
    const reader = new OffsetReader(cluster);
    reader.fetcher.assign(from);
    return reader;
  }

  async poll(maxWaitMs: number): Promise<readonly RecordBatch[]> {
    const deadline = Date.now() + maxWaitMs;
    for (;;) {
      assertOpen(this.cluster.closed, 'the reader');
      const batches = this.fetcher.take();
      if (batches.length > 0) return batches;
      const left = deadline - Date.now();
      if (left <= 0) return [];
      await this.wakeup.wait(left);
    }
  }

  async close(): Promise<void> {
    this.fetcher.clear();
    this.cluster.close();
    this.wakeup.wake();
  }
}
