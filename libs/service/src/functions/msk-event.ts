import type { ConsumedRecord, Header, RecordBatch } from '@mesh/kafka';

/**
 * What AWS Lambda hands to a function whose event source is an MSK topic.
 * Source: "Using Lambda with Amazon MSK", AWS Lambda developer guide.
 */
export interface MskEvent {
  readonly eventSource: 'aws:kafka' | 'SelfManagedKafka';
  readonly eventSourceArn?: string;
  readonly bootstrapServers?: string;
  /** By `<topic>-<partition>`; each list is in the order of the partition. */
  readonly records: Readonly<Record<string, readonly MskRecord[]>>;
}

export interface MskRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly timestampType?: string;
  /** Base64; absent or null where the record has none. */
  readonly key?: string | null;
  /** Base64; absent or null in a tombstone. */
  readonly value?: string | null;
  /** Objects of one name each; its value's bytes, which Java may have written as −128 to 127. */
  readonly headers?: readonly Readonly<Record<string, readonly number[]>>[];
}

/**
 * What a function answers where its event source mapping has `ReportBatchItemFailures`: each partition is resumed at
 * the offset named, and all others are done. Names what the event did not hold, and all of it is retried.
 * Source: "Configuring error handling controls for Kafka event sources", AWS Lambda developer guide.
 */
export interface MskBatchResponse {
  readonly batchItemFailures: readonly {
    readonly itemIdentifier: {
      /** `<topic>-<partition>` */
      readonly partition: string;
      readonly offset: number;
    };
  }[];
}

/** The records of an event as they are to be fetched from Kafka, a batch for each partition. */
export function batchesOf(event: MskEvent): readonly RecordBatch[] {
  return Object.values(event.records).flatMap((records): RecordBatch[] => {
    const [first, last] = [records[0], records.at(-1)];
    if (first === undefined || last === undefined) return [];
    const { topic, partition } = first;
    const nextOffset = last.offset + 1;
    return [{ topic, partition, records: records.map(recordOf), nextOffset, highWatermark: nextOffset }];
  });
}

function recordOf({ key, value, headers = [], timestamp, offset }: MskRecord): ConsumedRecord {
  return {
    key: bytesOf(key),
    value: bytesOf(value),
    headers: headers.flatMap((one) =>
      Object.entries(one).map(([name, bytes]): Header => [name, Buffer.from(bytes)]),
    ),
    timestamp,
    offset,
  };
}

function bytesOf(base64: string | null | undefined): Buffer | null {
  return base64 === undefined || base64 === null ? null : Buffer.from(base64, 'base64');
}
