import { FirehoseClient } from '@aws-sdk/client-firehose';
import { RejectedRecordError, type Sink, type SinkRecord } from '@mesh/streams';
import { sdkClientOptions, type AwsOptions } from '../aws/client-options.js';
import { BatchingEngine } from '../batching/engine.js';
import { samplesOf, type MetricSample, type SinkSnapshot } from '../batching/metrics.js';
import type { BatchingOptions } from '../batching/options.js';
import { putRecordBatch } from './put-record-batch.js';

export interface FirehoseSinkOptions<K, V> extends AwsOptions, BatchingOptions {
  readonly deliveryStream: string;
  /** The bytes of a record, as the stream's destination expects them; what it throws rejects the record. */
  readonly encode: (record: SinkRecord<K, V>) => Buffer;
  /** Instead of a client of the sink's own. It must not retry by itself. */
  readonly client?: FirehoseClient;
}

// Source: Amazon Data Firehose API reference, PutRecordBatch, and its quotas page (large regions).
const MAX_RECORDS = 500;
const MAX_BATCH_BYTES = 4 * 1_024 * 1_024;
const MAX_RECORD_BYTES = 1_024_000;
const CALLS_PER_SECOND = 2_000;
const BYTES_PER_SECOND = 5 * 1_024 * 1_024;
const MAX_IN_FLIGHT = 8;
const LINGER_MS = 200;

/**
 * Writes records to a Firehose delivery stream: up to 500 records and 4 MiB a call, 2,000 calls and 5 MiB a second
 * unless told otherwise.
 *
 * Keeps no order, since Firehose keeps none: a record must say by itself which document it is, so that writing it
 * again, or after another, leaves the same.
 */
export class FirehoseSink<K, V> implements Sink<K, V> {
  readonly #client: FirehoseClient;
  readonly #engine: BatchingEngine<Buffer>;
  readonly #encode: (record: SinkRecord<K, V>) => Buffer;
  #rejected = 0;

  constructor(options: FirehoseSinkOptions<K, V>) {
    const maxInFlight = options.maxInFlight ?? MAX_IN_FLIGHT;
    this.#client = options.client ?? new FirehoseClient(sdkClientOptions(options, maxInFlight));
    this.#encode = options.encode;
    this.#engine = new BatchingEngine(
      putRecordBatch(this.#client, options.deliveryStream),
      { maxRecords: MAX_RECORDS, maxBytes: MAX_BATCH_BYTES, ordered: false },
      {
        ...options,
        maxInFlight,
        lingerMs: options.lingerMs ?? LINGER_MS,
        rate: { callsPerSecond: CALLS_PER_SECOND, bytesPerSecond: BYTES_PER_SECOND, ...options.rate },
      },
    );
  }

  write(record: SinkRecord<K, V>, done: (error?: Error) => void): void {
    let data: Buffer;
    try {
      data = this.#encode(record);
    } catch (cause) {
      this.#reject(done, 'NOT_ENCODABLE', `the record can't be encoded: ${String(cause)}`, cause);
      return;
    }
    if (data.length > MAX_RECORD_BYTES) {
      const problem = `the record has ${data.length} bytes, allowed are ${MAX_RECORD_BYTES}`;
      this.#reject(done, 'RECORD_TOO_LARGE', problem);
      return;
    }
    this.#engine.add('', data, data.length, done);
  }

  flush(): Promise<void> {
    return this.#engine.flush();
  }

  async close(): Promise<void> {
    await this.#engine.close();
    this.#client.destroy();
  }

  /** Why nothing can be written before somebody corrects the configuration. A reason to alarm. */
  problem(): string | undefined {
    return this.#engine.problem();
  }

  snapshot(): SinkSnapshot {
    const snapshot = this.#engine.snapshot();
    return { ...snapshot, rejected: snapshot.rejected + this.#rejected };
  }

  metrics(): readonly MetricSample[] {
    return samplesOf('firehose', this.snapshot());
  }

  #reject(done: (error: Error) => void, reason: string, message: string, cause?: unknown): void {
    this.#rejected += 1;
    done(new RejectedRecordError(reason, message, cause === undefined ? {} : { cause }));
  }
}
