import { createKafkaClient, type ConsumedRecord, type KafkaClient } from '@mesh/kafka';
import { startKafka, type KafkaServer } from '@mesh/local-cloud';

/** A broker where what killed processes leave behind ends sooner than by default, and a client of it. */
export async function startBroker(): Promise<{ readonly server: KafkaServer; readonly client: KafkaClient }> {
  const server = await startKafka({
    properties: {
      'transaction.abort.timed.out.transaction.cleanup.interval.ms': '500',
      'group.min.session.timeout.ms': '1000',
      'group.initial.rebalance.delay.ms': '0',
    },
  });
  return { server, client: createKafkaClient({ brokers: [server.bootstrap], clientId: 'test' }) };
}

/** Where partitions end, uncommitted records included. */
export async function endOffsets(
  client: KafkaClient,
  topic: string,
  partitions: number,
): Promise<readonly number[]> {
  const admin = client.admin();
  const ends = await admin.endOffsets(
    Array.from({ length: partitions }, (_, partition) => ({ topic, partition })),
    'read_uncommitted',
  );
  await admin.close();
  return ends.toSorted((a, b) => a.partition - b.partition).map(({ offset }) => offset);
}

/** Hands on all committed records, each partition to its end as it is now. */
export async function readAll(
  client: KafkaClient,
  topic: string,
  partitions: number,
  onRecord: (record: ConsumedRecord) => void,
): Promise<void> {
  const ends = await endOffsets(client, topic, partitions);
  const open = new Set(ends.flatMap((end, partition) => (end === 0 ? [] : [partition])));
  if (open.size === 0) return;
  const reader = await client.reader([...open].map((partition) => ({ topic, partition, offset: 0 })));
  while (open.size > 0) {
    for (const { partition, records, nextOffset } of await reader.poll(500)) {
      for (const record of records) onRecord(record);
      if (nextOffset >= (ends[partition] ?? 0)) open.delete(partition);
    }
  }
  await reader.close();
}
