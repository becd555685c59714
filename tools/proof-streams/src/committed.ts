import type { Admin, KafkaClient, TopicPartition } from '@mesh/kafka';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Read } from './verify.js';

const PATIENCE_MS = 240_000;

/** All committed records of a topic, each partition's in order. */
export async function readCommitted(
  client: KafkaClient,
  admin: Admin,
  topic: string,
  decode: (value: Buffer) => string,
): Promise<readonly Read[]> {
  const partitions = await partitionsOf(admin, [topic]);
  const begins = await admin.beginningOffsets(partitions);
  const ends = await admin.endOffsets(partitions);
  const left = new Map(
    ends.flatMap((end, index) =>
      end.offset > (begins[index]?.offset ?? 0) ? [[end.partition, end.offset] as const] : [],
    ),
  );
  const records: Read[] = [];
  if (left.size === 0) return records;
  const reader = await client.reader(begins.filter(({ partition }) => left.has(partition)));
  while (left.size > 0) {
    for (const { partition, records: batch, nextOffset } of await reader.poll(1_000)) {
      for (const { key, value, timestamp } of batch) {
        records.push({
          partition,
          key: key?.toString() ?? '',
          value: value === null ? null : decode(value),
          timestamp,
        });
      }
      if (nextOffset >= (left.get(partition) ?? 0)) left.delete(partition);
    }
  }
  await reader.close();
  return records.sort((one, other) => one.partition - other.partition);
}

export async function partitionsOf(admin: Admin, topics: readonly string[]): Promise<TopicPartition[]> {
  return (await admin.describeTopics(topics)).flatMap(({ name, partitions }) =>
    Array.from({ length: partitions }, (_, partition) => ({ topic: name, partition })),
  );
}

/**
 * Waits until a group has committed everything in these topics, repartition topics among them.
 * @throws Error that says what is left where nothing moves for four minutes
 */
export async function untilConsumed(admin: Admin, group: string, topics: readonly string[]): Promise<void> {
  const partitions = await partitionsOf(admin, topics);
  let best = Number.POSITIVE_INFINITY;
  let deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const ends = await admin.endOffsets(partitions, 'read_uncommitted');
    const committed = await admin.groupOffsets(group, partitions);
    const behind = ends.flatMap((end) => {
      const at = committed.find(({ topic, partition }) => topic === end.topic && partition === end.partition);
      const lag = end.offset - Math.max(0, at?.offset ?? 0);
      return lag > 0 ? [{ ...end, lag }] : [];
    });
    if (behind.length === 0) return;
    const lag = behind.reduce((sum, each) => sum + each.lag, 0);
    if (lag < best) {
      best = lag;
      deadline = Date.now() + PATIENCE_MS;
    }
    if (Date.now() > deadline) {
      const where = behind.map(({ topic, partition, lag: left }) => `${left} of ${topic}-${partition}`);
      throw new Error(`nothing was consumed for ${PATIENCE_MS / 1_000} s: ${where.join(', ')}`);
    }
    await sleep(250);
  }
}

/** Partitions with records that no transaction has decided on, after the longest that one may take. */
export async function openTransactions(
  admin: Admin,
  topics: readonly string[],
  timeoutMs: number,
): Promise<readonly string[]> {
  const partitions = await partitionsOf(admin, topics);
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const stable = await admin.endOffsets(partitions, 'read_committed');
    const ends = await admin.endOffsets(partitions, 'read_uncommitted');
    const open = ends.flatMap(({ topic, partition, offset }, index) =>
      (stable[index]?.offset ?? -1) < offset ? [`${topic}-${partition}`] : [],
    );
    if (open.length === 0 || Date.now() > deadline) return open;
    await sleep(500);
  }
}
