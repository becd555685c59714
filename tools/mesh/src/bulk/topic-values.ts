import type { EventContract } from '@mesh/contracts';
import type { KafkaClient } from '@mesh/kafka';
import { createAvroSerde, type SchemaRegistry } from '@mesh/serde';
import { readTopic } from '../accounting/read-topic.js';

/** Where values are read from. */
export interface Sources {
  readonly kafka: KafkaClient;
  readonly registry: SchemaRegistry;
  /** Told of each record that can't be read; it is left out. */
  readonly onUnreadable: (where: string, error: unknown) => void;
}

/** A record's key and value; `null` where it is a tombstone. */
export interface KeyedValue<T> {
  readonly key: string;
  readonly value: T | null;
}

/** A contract's topic from its beginning to the end it has now, as committed readers see it. */
export async function* topicValues<T>(
  { kafka, registry, onUnreadable }: Sources,
  contract: EventContract<T>,
): AsyncGenerator<KeyedValue<T>, void, undefined> {
  const { topic } = contract;
  const serde = await createAvroSerde({ contract, registry });
  const admin = kafka.admin();
  try {
    for await (const { partition, record } of readTopic(kafka, admin, topic)) {
      const key = record.key?.toString() ?? '';
      if (record.value === null) {
        yield { key, value: null };
        continue;
      }
      let value: T;
      try {
        await serde.prepare(topic, record.value);
        value = serde.deserialize(topic, record.value, record.headers);
      } catch (error) {
        if ((error as { retriable?: unknown }).retriable === true) throw error;
        onUnreadable(`${topic}-${partition}@${record.offset}`, error);
        continue;
      }
      yield { key, value };
    }
  } finally {
    await admin.close();
  }
}

/** The newest state of each key; a key that was deleted is there with `null`. */
export async function topicTable<T>(
  sources: Sources,
  contract: EventContract<T>,
): Promise<ReadonlyMap<string, T | null>> {
  const table = new Map<string, T | null>();
  for await (const { key, value } of topicValues(sources, contract)) table.set(key, value);
  return table;
}
