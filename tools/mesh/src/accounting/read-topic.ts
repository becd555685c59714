import type { Admin, ConsumedRecord, KafkaClient } from '@mesh/kafka';

/** A topic's committed records from its beginning to the end it has now, in the order of each partition. */
export async function* readTopic(
  client: KafkaClient,
  admin: Admin,
  topic: string,
): AsyncGenerator<{ readonly partition: number; readonly record: ConsumedRecord }, void, undefined> {
  const [description] = await admin.describeTopics([topic]);
  if (description === undefined) throw new Error(`topic ${topic} does not exist: was the mesh provisioned?`);
  const partitions = Array.from({ length: description.partitions }, (_, partition) => ({ topic, partition }));
  const ends = new Map(
    (await admin.endOffsets(partitions)).map(({ partition, offset }) => [partition, offset]),
  );
  const endOf = (partition: number) => ends.get(partition) ?? 0;
  const from = (await admin.beginningOffsets(partitions)).filter(
    ({ partition, offset }) => endOf(partition) > offset,
  );
  const open = new Set(from.map(({ partition }) => partition));
  if (open.size === 0) return;
  const reader = await client.reader(from);
  try {
    while (open.size > 0) {
      for (const { partition, records, nextOffset } of await reader.poll(1_000)) {
        for (const record of records) yield { partition, record };
        if (nextOffset >= endOf(partition)) open.delete(partition);
      }
    }
  } finally {
    await reader.close();
  }
}
