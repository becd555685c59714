import type { KafkaClient, PartitionOffset, ProducerRecord, TransactionalProducer } from '@mesh/kafka';
import { deadLetterTopicOf, partitionsOf, readLetters, type DeadLetter } from './letters.js';

/** Its offsets say what was replayed. */
export const REPLAY_GROUP = 'mesh-dlq-replay';

/** Letters put back in one transaction. */
const PORTION = 500;

export interface ReplayOptions {
  readonly dryRun?: boolean;
  /** At most so many letters, the oldest of each partition first. */
  readonly limit?: number;
}

export interface ReplayReport {
  /** By the topic they went back to, or would go. */
  readonly sent: Readonly<Record<string, number>>;
  /** Letters about a record that went back already in this run: another application refused it too. */
  readonly repeated: number;
}

/**
 * Puts dead letters back where they came from, as they were: key, value, time and their own headers. What is put back
 * is remembered in the same transaction, so that no letter goes back twice, whatever fails in between; two replays of
 * one topic at a time fence each other.
 */
export async function replayLetters(
  client: KafkaClient,
  topic: string,
  options: ReplayOptions = {},
): Promise<ReplayReport> {
  const dlq = deadLetterTopicOf(topic);
  const partitions = await partitionsOf(client.admin(), dlq);
  // First: it ends what an interrupted replay left open, so that the positions are decided.
  const producer = options.dryRun === true ? undefined : await startProducer(client, dlq);
  const from = await replayPositions(client, dlq, partitions);

  const sent: Record<string, number> = {};
  const seen = new Set<string>();
  let repeated = 0;
  for await (const portion of portions(readLetters(client, from), options.limit ?? Infinity)) {
    const fresh = portion.filter((letter) => isNew(letter, seen));
    repeated += portion.length - fresh.length;
    if (producer !== undefined) await putBack(producer, dlq, portion, fresh);
    for (const { source } of fresh) sent[source.topic] = (sent[source.topic] ?? 0) + 1;
  }
  return { sent, repeated };
}

/** Where each partition's replay goes on. */
export async function replayPositions(
  client: KafkaClient,
  dlq: string,
  partitions: number,
): Promise<PartitionOffset[]> {
  const admin = client.admin();
  const all = Array.from({ length: partitions }, (_, partition) => ({ topic: dlq, partition }));
  const committed = await admin.groupOffsets(REPLAY_GROUP, all);
  const offsets = new Map(committed.map(({ partition, offset }) => [partition, offset]));
  return all.map((each) => ({ ...each, offset: offsets.get(each.partition) ?? 0 }));
}

async function startProducer(client: KafkaClient, dlq: string): Promise<TransactionalProducer> {
  const producer = client.transactionalProducer({
    transactionalId: `${REPLAY_GROUP}-${dlq}`,
    transactionTimeoutMs: 60_000,
  });
  await producer.init();
  return producer;
}

async function* portions(letters: AsyncIterable<DeadLetter>, limit: number): AsyncGenerator<DeadLetter[]> {
  let portion: DeadLetter[] = [];
  let left = limit;
  if (left <= 0) return;
  for await (const letter of letters) {
    portion.push(letter);
    left--;
    if (portion.length >= PORTION || left === 0) {
      yield portion;
      portion = [];
    }
    if (left === 0) return;
  }
  if (portion.length > 0) yield portion;
}

/** Whether its source record was not put back before; without a source position that cannot be known. */
function isNew({ source }: DeadLetter, seen: Set<string>): boolean {
  if (source.offset === '') return true;
  const place = `${source.topic}/${source.partition}/${source.offset}`;
  if (seen.has(place)) return false;
  seen.add(place);
  return true;
}

async function putBack(
  producer: TransactionalProducer,
  dlq: string,
  portion: readonly DeadLetter[],
  fresh: readonly DeadLetter[],
): Promise<void> {
  await producer.begin();
  try {
    const batches = fresh.map((letter) => ({ topic: letter.source.topic, records: [originalOf(letter)] }));
    if (batches.length > 0) await producer.send(batches);
    const next = new Map(portion.map(({ partition, offset }) => [partition, offset + 1]));
    const offsets = Array.from(next, ([partition, offset]) => ({ topic: dlq, partition, offset }));
    // A group without members: nobody consumes in it, it only keeps the positions.
    await producer.sendOffsets(offsets, { groupId: REPLAY_GROUP, memberId: '', generationId: -1 });
  } catch (error) {
    // The error says why; where aborting fails as well, the next replay's producer ends the transaction.
    await producer.abort().catch(() => undefined);
    throw error;
  }
  await producer.commit();
}

function originalOf({ record, headers }: DeadLetter): ProducerRecord {
  return { key: record.key, value: record.value, headers, timestamp: record.timestamp };
}
