import type { Admin, Consumer, OffsetReset, PartitionOffset, TopicPartition } from '@mesh/kafka';
import { StreamsError } from '../errors.js';

/** A broker that has just become a leader may not know yet how far its log is replicated. Milliseconds. */
const PATIENCE_MS = 3_000;
const POLL_MS = 250;

export interface PositionsOptions {
  readonly applicationId: string;
  readonly admin: Admin;
  /** For partitions in which nothing is committed. */
  readonly offsetReset: OffsetReset;
}

/**
 * Where partitions are read from: what the group has committed, else where `offsetReset` says. Offsets that a
 * transaction is about to decide are waited for.
 *
 * @throws StreamsError `OFFSET_OUT_OF_RANGE` where the log does not hold what was committed: Kafka's own answer, to go
 *   on from the log's end or beginning, passes over records, or reads as one log what are two
 */
export async function positionsOf(
  consumer: Consumer,
  partitions: readonly TopicPartition[],
  { applicationId, admin, offsetReset }: PositionsOptions,
): Promise<readonly PartitionOffset[]> {
  if (partitions.length === 0) return [];
  const committed = await consumer.committed(partitions);
  const found = await withinLogs(applicationId, admin, partitions, committed);
  if (offsetReset === 'none') requireCommitted(applicationId, found);
  const latest = found.some((position) => position.committed === undefined) && offsetReset === 'latest';
  const stable = latest ? await admin.endOffsets(partitions) : [];
  return found.map(({ topic, partition, committed: offset, begin }, index) => {
    const reset = latest ? (stable[index]?.offset ?? begin) : begin;
    return { topic, partition, offset: offset ?? reset };
  });
}

async function withinLogs(
  applicationId: string,
  admin: Admin,
  partitions: readonly TopicPartition[],
  committed: readonly (number | undefined)[],
): Promise<readonly Position[]> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const begins = await admin.beginningOffsets(partitions);
    const ends = await admin.endOffsets(partitions, 'read_uncommitted');
    const found = partitions.map(({ topic, partition }, index): Position => {
      const log = { begin: begins[index]?.offset ?? 0, end: ends[index]?.offset ?? 0 };
      return { topic, partition, committed: committed[index], ...log };
    });
    const lost = found.filter(isOutOfRange);
    if (lost.length === 0) return found;
    if (performance.now() > deadline) throw outOfRange(applicationId, lost);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

interface Position extends TopicPartition {
  readonly committed: number | undefined;
  /** Of the first record kept, and after the last. */
  readonly begin: number;
  readonly end: number;
}

function isOutOfRange({ committed, begin, end }: Position): boolean {
  return committed !== undefined && (committed < begin || committed > end);
}

function outOfRange(applicationId: string, lost: readonly Position[]): StreamsError {
  const each = lost.map(({ topic, partition, committed = 0, begin, end }) =>
    committed < begin
      ? `${topic}-${partition} goes on at offset ${committed}, and its log begins at ${begin}: ` +
        `${begin - committed} offsets were deleted before they were processed (by retention, or by hand)`
      : `${topic}-${partition} goes on at offset ${committed}, and its log ends at ${end}: ` +
        'it was cut, or the topic was deleted and made anew',
  );
  return new StreamsError(
    'OFFSET_OUT_OF_RANGE',
    `application ${applicationId} cannot go on where it was: ${each.join('; ')}. ` +
      `To begin anew with what the log holds, reset the application (./mesh reset ${applicationId}); ` +
      'lengthen retention.ms where it was too short',
  );
}

function requireCommitted(applicationId: string, found: readonly Position[]): void {
  const without = found.filter(({ committed }) => committed === undefined);
  if (without.length === 0) return;
  const names = without.map(({ topic, partition }) => `${topic}-${partition}`).join(', ');
  throw new StreamsError(
    'OFFSET_OUT_OF_RANGE',
    `application ${applicationId} has committed nothing in ${names}, and offsetReset is none: ` +
      'set the offsets of its group, or choose earliest or latest',
  );
}
