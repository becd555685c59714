import type { KafkaError } from '../port/errors.js';
import type { PartitionOffset, TopicPartition } from '../port/records.js';
import { ErrorCode } from '../wire/error-codes.js';
import { listOffsetsRequest, offsetFetchRequest, type OffsetResult } from '../wire/offsets.js';
import type { Cluster } from './cluster.js';
import { BrokerAnswerError } from './errors.js';
import { partitionKey } from './producer-session.js';
import { retrying } from './retry.js';

/** A lookup repeats for so long while brokers or coordinators are out of reach. */
const LOOKUP_TIMEOUT_MS = 30_000;

function options(cluster: Cluster): { deadline: number; signal: AbortSignal; maxDelayMs: number } {
  return { deadline: Date.now() + LOOKUP_TIMEOUT_MS, signal: cluster.closed, maxDelayMs: 200 };
}

/** The first or the next offset of each partition, in the order asked. @throws KafkaError UNKNOWN_TOPIC */
export async function listOffsets(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  which: 'earliest' | 'latest',
  readCommitted: boolean,
): Promise<readonly PartitionOffset[]> {
  return retrying(async () => {
    const leaders = new Map<number, TopicPartition[]>();
    for (const partition of partitions) {
      const leader = await cluster.leader(partition);
      leaders.set(leader, [...(leaders.get(leader) ?? []), partition]);
    }
    const answers = await Promise.all(
      Array.from(leaders, ([leader, led]) =>
        cluster.send(leader, listOffsetsRequest(led, which, readCommitted)),
      ),
    );
    const found = new Map<string, OffsetResult>(
      answers.flat().map((answer) => [partitionKey(answer), answer]),
    );
    return partitions.map((partition) => {
      const answer = found.get(partitionKey(partition));
      if (answer === undefined || answer.errorCode !== ErrorCode.NONE) {
        cluster.forgetTopic(partition.topic);
        throw cluster.answered(
          answer?.errorCode ?? -1,
          `looking up the ${which} offset of ${partitionKey(partition)}`,
        );
      }
      return { topic: partition.topic, partition: partition.partition, offset: answer.offset };
    });
  }, options(cluster));
}

/** What the group has committed, with those it has not left out; of all topics for `null`. */
export async function committedOffsets(
  cluster: Cluster,
  groupId: string,
  partitions: readonly TopicPartition[] | null,
): Promise<readonly PartitionOffset[]> {
  if (partitions?.length === 0) return [];
  const where = `looking up the offsets of group ${groupId}`;
  return retrying(
    async () => {
      const coordinator = await cluster.coordinator('group', groupId);
      const { errorCode, offsets } = await cluster.send(coordinator, offsetFetchRequest(groupId, partitions));
      const fault = [errorCode, ...offsets.map((offset) => offset.errorCode)].find(
        (code) => code !== ErrorCode.NONE,
      );
      if (fault !== undefined) throw cluster.answered(fault, where);
      return offsets
        .filter(({ offset }) => offset >= 0)
        .map(({ topic, partition, offset }) => ({ topic, partition, offset }));
    },
    { ...options(cluster), onRetry: (error) => forgetUnlessUnstable(cluster, groupId, error) },
  );
}

function forgetUnlessUnstable(cluster: Cluster, groupId: string, error: KafkaError): void {
  const unstable = error instanceof BrokerAnswerError && error.errorCode === ErrorCode.UNSTABLE_OFFSET_COMMIT;
  if (!unstable) cluster.forgetCoordinator('group', groupId);
}
