import type { ConsumedRecord, Header, KafkaClient } from '@mesh/kafka';

/** A record as it lies in a topic. */
export interface ReadRecord extends ConsumedRecord {
  readonly topic: string;
  readonly partition: number;
}

/** A record in a dead-letter topic, its headers taken apart. */
export interface DeadLetter extends ReadRecord {
  /** The record's own headers. */
  readonly original: readonly Header[];
  /** Kafka Connect's headers without `__connect.errors.`: `topic`, `exception.class.name` … */
  readonly errors: Readonly<Record<string, string>>;
}

const ERRORS = '__connect.errors.';

/**
 * All that committed readers see of a topic up to its end as it is now, partition by partition.
 * @throws where the topic does not exist, or its end is not reached within 30 s
 */
export async function readTopic(client: KafkaClient, topic: string): Promise<readonly ReadRecord[]> {
  const admin = client.admin();
  const [description] = await admin.describeTopics([topic]);
  if (description === undefined) throw new Error(`there is no topic ${topic}`);
  const partitions = Array.from({ length: description.partitions }, (_, partition) => ({ topic, partition }));
  const beginnings = await admin.beginningOffsets(partitions);
  const ends = new Map((await admin.endOffsets(partitions)).map((end) => [end.partition, end.offset]));
  await admin.close();
  const open = new Set(
    beginnings.filter((first) => first.offset < (ends.get(first.partition) ?? 0)).map((at) => at.partition),
  );
  const found = partitions.map((): ReadRecord[] => []);
  const reader = await client.reader(beginnings);
  try {
    const deadline = Date.now() + 30_000;
    while (open.size > 0) {
      if (Date.now() > deadline) throw new Error(`the end of ${topic} is not reached after 30 s`);
      for (const { partition, records, nextOffset } of await reader.poll(500)) {
        const end = ends.get(partition) ?? 0;
        for (const record of records)
          if (record.offset < end) found[partition]?.push({ ...record, topic, partition });
        if (nextOffset >= end) open.delete(partition);
      }
    }
  } finally {
    await reader.close();
  }
  return found.flat();
}

/** What is in `<topic>.dlq`. */
export async function readDeadLetters(client: KafkaClient, topic: string): Promise<readonly DeadLetter[]> {
  return (await readTopic(client, `${topic}.dlq`)).map((record) => {
    const isError = ([name]: Header): boolean => name.startsWith(ERRORS);
    return {
      ...record,
      original: record.headers.filter((header) => !isError(header)),
      errors: Object.fromEntries(
        record.headers.filter(isError).map(([name, value]) => [name.slice(ERRORS.length), String(value)]),
      ),
    };
  });
}

/** What a group has committed of a topic: the sum over its partitions, so the records it is done with. */
export async function committedOffsets(client: KafkaClient, groupId: string, topic: string): Promise<number> {
  const admin = client.admin();
  const offsets = await admin.groupOffsets(groupId);
  await admin.close();
  return offsets
    .filter((position) => position.topic === topic)
    .reduce((sum, { offset }) => sum + Math.max(0, offset), 0);
}
