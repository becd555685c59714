import type { ConsumedRecord } from '@mesh/kafka';
import type { SourceNode, TimestampPolicy } from '../../topology/nodes.js';
import { OperatorFailure } from '../failures.js';
import type { RecordContext } from '../record-context.js';
import { isTime } from '../timestamps.js';
import type { OperatorEnvironment } from './operator.js';

/** A record with the time that it is chosen and processed by, and what was decoded for that. */
export interface StampedRecord {
  readonly timestamp: number;
  /** As its source hands them on: bytes, where the extractor did not ask for them decoded. */
  readonly key: unknown;
  readonly value: unknown;
}

/**
 * Gives the head record of a partition its time, where that is not simply its own.
 *
 * @param partitionTime the latest time of the records taken before it from its partition, or −1
 * @returns `undefined` where the record is left out
 * @throws OperatorFailure where it can't be decoded, or has no time
 */
export type Stamp = (
  topic: string,
  partition: number,
  record: ConsumedRecord,
  partitionTime: number,
) => StampedRecord | undefined;

/**
 * @param context of its own: an earlier record may still be under way in the task's
 * @param decode what the extractor reads of a record
 */
export function stampOf(
  { name }: SourceNode,
  policy: TimestampPolicy,
  { counters, life }: OperatorEnvironment,
  context: RecordContext,
  decode: { readonly key: (data: unknown) => unknown; readonly value: (data: unknown) => unknown },
): Stamp {
  const { extract, onInvalid } = policy;
  return (topic, partition, record, partitionTime) => {
    context.begin(topic, partition, record);
    const key = decode.key(record.key);
    const value = decode.value(record.value);
    let timestamp: number;
    try {
      if (extract === 'record') timestamp = record.timestamp;
      else timestamp = extract === 'wall-clock' ? life.now() : extract(value, key, context, partitionTime);
      if (!isTime(timestamp) && onInvalid === 'usePartitionTime') timestamp = partitionTime;
      if (!isTime(timestamp) && onInvalid !== 'logAndSkip') throw invalid(policy, timestamp);
    } catch (error) {
      throw new OperatorFailure('TRANSFORMATION', name, error);
    }
    if (isTime(timestamp)) return { timestamp, key, value };
    life.warn(`${name}: record ${topic}-${partition}@${record.offset} is left out: its time is ${timestamp}`);
    counters.dropped += 1;
    return undefined;
  };
}

function invalid({ extract, onInvalid }: TimestampPolicy, timestamp: number): RangeError {
  if (onInvalid === 'usePartitionTime') {
    return new RangeError(
      'the record has no time, and none before it in its partition had one to be used instead',
    );
  }
  const who = extract === 'record' ? "the record's timestamp is" : 'the timestamp extractor answered';
  return new RangeError(`${who} ${timestamp}, which is no time: give milliseconds since the epoch`);
}
