import type { Admin, KafkaClient } from '@mesh/kafka';
import type { Hop } from './hops.js';
import { readTopic } from './read-topic.js';

/**
 * The entities that live according to a topic of states: its keys whose newest record is not a tombstone. An outbox
 * may repeat a record, and each change adds one, so there may be more records than entities.
 */
export async function entityTopicHop(client: KafkaClient, admin: Admin, topic: string): Promise<Hop> {
  const ids = new Set<string>();
  let effects = 0;
  for await (const { partition, record } of readTopic(client, admin, topic)) {
    if (record.key === null)
      throw new Error(`record ${topic}-${partition}@${record.offset} of a topic of entities has no key`);
    const id = record.key.toString();
    if (record.value === null) ids.delete(id);
    else ids.add(id);
    effects += 1;
  }
  return { name: `topic ${topic}`, ids, effects, repeatsAllowed: true };
}
