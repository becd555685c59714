import type { Cluster } from './cluster.js';
import { assertOpen } from './producer-session.js';
import { retrying, UNKNOWN_TOPIC_PATIENCE_MS } from './retry.js';

/** How many partitions a topic has, asked of a broker where that is not known. */
export async function partitionsFor(cluster: Cluster, topic: string, timeoutMs: number): Promise<number> {
  assertOpen(cluster.closed, 'the producer');
  const { partitions } = await retrying(() => cluster.topic(topic), {
    deadline: Date.now() + timeoutMs,
    signal: cluster.closed,
    unknownTopicMs: UNKNOWN_TOPIC_PATIENCE_MS,
  });
  return partitions.length;
}
