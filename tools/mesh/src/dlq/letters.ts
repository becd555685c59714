import type { Admin, ConsumedRecord, Header, KafkaClient, PartitionOffset } from '@mesh/kafka';

const PREFIX = '__connect.errors.';
/** How long a partition may bring nothing before the reading is given up. Milliseconds. */
const PATIENCE_MS = 30_000;

/** A record in a dead-letter topic, with what Connect's headers say of it. Texts are empty where a header is missing. */
export interface DeadLetter {
  /** Where it lies in the dead-letter topic. */
  readonly partition: number;
  readonly offset: number;
  /** Where it came from. */
  readonly source: { readonly topic: string; readonly partition: string; readonly offset: string };
  readonly application: string;
  readonly task: string;
  readonly stage: string;
  readonly node: string;
  readonly errorClass: string;
  readonly errorMessage: string;
  readonly record: ConsumedRecord;
  /** The record's own headers, without Connect's. */
  readonly headers: readonly Header[];
}

/** `interactions` and `interactions.dlq` both mean the letters of `interactions`. */
export function deadLetterTopicOf(topic: string): string {
  return topic.endsWith('.dlq') ? topic : `${topic}.dlq`;
}

/** @throws Error where the dead-letter topic does not exist */
export async function partitionsOf(admin: Admin, dlq: string): Promise<number> {
  const [description] = await admin.describeTopics([dlq]);
  if (description === undefined) throw new Error(`there is no topic ${dlq}, so nothing was dead-lettered`);
  return description.partitions;
}

/**
 * The letters from the given positions to the end as it is now, partition by partition in their order; those that
 * arrive meanwhile are for another time.
 */
export async function* readLetters(
  client: KafkaClient,
  from: readonly PartitionOffset[],
): AsyncGenerator<DeadLetter> {
  const admin = client.admin();
  const [beginnings, ends] = [await admin.beginningOffsets(from), await admin.endOffsets(from)];
  await admin.close();
  for (const [index, position] of from.entries()) {
    const end = ends[index]?.offset ?? 0;
    // Retention may have taken what lay at a position remembered from long ago.
    let next = Math.max(position.offset, beginnings[index]?.offset ?? 0);
    if (next >= end) continue;
    const reader = await client.reader([{ ...position, offset: next }]);
    try {
      let deadline = Date.now() + PATIENCE_MS;
      while (next < end) {
        for (const batch of await reader.poll(1_000)) {
          for (const record of batch.records) {
            if (record.offset < end) yield letterOf(position.topic, position.partition, record);
          }
          next = batch.nextOffset;
          deadline = Date.now() + PATIENCE_MS;
        }
        if (Date.now() > deadline)
          throw new Error(`${position.topic}-${position.partition} brings nothing from offset ${next}`);
      }
    } finally {
      await reader.close();
    }
  }
}

function letterOf(dlq: string, partition: number, record: ConsumedRecord): DeadLetter {
  const errors = new Map<string, string>();
  const headers: Header[] = [];
  for (const header of record.headers) {
    const [name, value] = header;
    // The last one counts: a record that failed again after a replay by another tool may carry older ones.
    if (name.startsWith(PREFIX)) errors.set(name.slice(PREFIX.length), value?.toString('utf8') ?? '');
    else headers.push(header);
  }
  const text = (name: string): string => errors.get(name) ?? '';
  return {
    partition,
    offset: record.offset,
    source: {
      topic: errors.get('topic') ?? dlq.slice(0, -'.dlq'.length),
      partition: text('partition'),
      offset: text('offset'),
    },
    application: text('connector.name'),
    task: text('task.id'),
    stage: text('stage'),
    node: text('class.name'),
    errorClass: text('exception.class.name'),
    errorMessage: text('exception.message'),
    record,
    headers,
  };
}
