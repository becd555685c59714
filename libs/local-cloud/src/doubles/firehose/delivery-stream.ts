import { join } from 'node:path';
import { TokenBucket } from '../limits/token-bucket.js';
import { objectStore } from '../s3/object-store.js';
import type { DoubleOptions } from '../framework/types.js';
import { DeliveryLane, type Deliver } from './lane.js';
import { openSearchDelivery } from './opensearch-delivery.js';
import { s3Delivery, type S3Target } from './s3-delivery.js';
import { encodeFrames } from './segments.js';
import type { Destination, S3Settings } from './stream-config.js';

/** What is kept of a stream; its records are in its lanes. */
export interface StreamRecord {
  readonly name: string;
  readonly arn: string;
  readonly createdMs: number;
  /** Once deletion was asked for. */
  readonly deletedMs?: number;
  readonly version: string;
  readonly destination: Destination;
}

/** What a stream takes a second, PutRecord and PutRecordBatch together; without a limit where absent. */
export interface ThroughputLimits {
  readonly recordsPerSecond?: number;
  readonly requestsPerSecond?: number;
  readonly bytesPerSecond?: number;
}

/** Counts since this process started; `pending` is what the journal holds, from earlier processes too. */
export interface StreamCounts {
  readonly accepted: number;
  readonly delivered: number;
  /** Documents that went to S3 under the error prefix. */
  readonly failed: number;
  readonly backedUp: number;
  /** Accepted and not yet at the destination. */
  readonly pending: number;
  /** Accepted and not yet in the backup. */
  readonly pendingBackup: number;
  /** Records refused for the throughput limits. */
  readonly throttled: number;
}

const mebibyte = 1024 * 1024;

/** A running delivery stream: its lanes, limits and counters. */
export class DeliveryStream {
  record: StreamRecord;
  readonly #main: DeliveryLane;
  readonly #backup: DeliveryLane | undefined;
  readonly #counts = { accepted: 0, delivered: 0, failed: 0, backedUp: 0, throttled: 0 };
  #buckets: { records?: TokenBucket; requests?: TokenBucket; bytes?: TokenBucket } = {};

  constructor(record: StreamRecord, options: DoubleOptions) {
    this.record = record;
    const { destination, name, version } = record;
    const { log } = options;
    const target = (settings: S3Settings): S3Target => ({
      store: objectStore(options.motoUrl),
      stream: name,
      version,
      settings,
      log,
    });
    // A stream made anew under the name of a deleted one must not find its records.
    const dir = join(options.stateDir, 'firehose', `${name}.${record.createdMs}`);
    const lane = (folder: string, hints: S3Settings['BufferingHints'], deliver: Deliver) =>
      new DeliveryLane({
        dir: join(dir, folder),
        sizeBytes: hints.SizeInMBs * mebibyte,
        intervalMs: hints.IntervalInSeconds * 1000,
        deliver,
        log,
      });
    const backup = (settings: S3Settings) =>
      lane(
        'backup',
        settings.BufferingHints,
        s3Delivery(target(settings), '', (n) => void (this.#counts.backedUp += n)),
      );
    if (destination.kind === 'opensearch') {
      const { settings, s3 } = destination;
      const deliver = openSearchDelivery({
        url: options.openSearchUrl ?? '',
        stream: name,
        index: settings.IndexName,
        rotation: settings.IndexRotationPeriod,
        retryMs: settings.RetryOptions.DurationInSeconds * 1000,
        documentIds: settings.DocumentIdOptions.DefaultDocumentIdFormat === 'FIREHOSE_DEFAULT',
        failed: target(s3),
        now: options.now,
        count: ({ delivered, failed }) => {
          this.#counts.delivered += delivered;
          this.#counts.failed += failed;
        },
        log,
      });
      this.#main = lane('destination', settings.BufferingHints, deliver);
      this.#backup = settings.S3BackupMode === 'AllDocuments' ? backup(s3) : undefined;
    } else {
      const { settings, delimiter } = destination;
      const deliver = s3Delivery(target(settings), delimiter, (n) => void (this.#counts.delivered += n));
      this.#main = lane('destination', settings.BufferingHints, deliver);
      this.#backup = destination.backup ? backup(destination.backup) : undefined;
    }
  }

  get counts(): StreamCounts {
    return { ...this.#counts, pending: this.#main.pending, pendingBackup: this.#backup?.pending ?? 0 };
  }

  limit(limits: ThroughputLimits, now: number): void {
    const bucket = (perSecond: number | undefined) =>
      perSecond === undefined ? undefined : new TokenBucket(perSecond, now);
    const [records, requests, bytes] = [
      limits.recordsPerSecond,
      limits.requestsPerSecond,
      limits.bytesPerSecond,
    ].map(bucket);
    this.#buckets = { ...(records && { records }), ...(requests && { requests }), ...(bytes && { bytes }) };
  }

  /** Whether one more request may be made in this second. */
  admitRequest(now: number): boolean {
    const admitted = this.#buckets.requests?.take(1, now) ?? true;
    if (!admitted) this.#counts.throttled += 1;
    return admitted;
  }

  /** Whether one more record may be taken in this second. */
  admitRecord(bytes: number, now: number): boolean {
    const { records, bytes: volume } = this.#buckets;
    const counted = records?.take(1, now) ?? true;
    const admitted = counted && (volume?.take(bytes, now) ?? true);
    if (counted && !admitted) records?.giveBack(1);
    if (!admitted) this.#counts.throttled += 1;
    return admitted;
  }

  /**
   * Takes records; they are journaled for every lane when this returns.
   *
   * @throws the file system's error, with no lane having taken anything
   */
  accept(records: readonly Buffer[], now: number): void {
    if (records.length === 0) return;
    const frames = encodeFrames(records, now);
    const undo = this.#main.journal(frames, records.length);
    try {
      this.#backup?.journal(frames, records.length);
    } catch (error) {
      undo();
      throw error;
    }
    this.#counts.accepted += records.length;
    this.#main.accepted();
    this.#backup?.accepted();
  }

  async flush(): Promise<void> {
    await Promise.all([this.#main.flush(), this.#backup?.flush()]);
  }

  async close(): Promise<void> {
    await Promise.all([this.#main.close(), this.#backup?.close()]);
  }

  async discard(): Promise<void> {
    await Promise.all([this.#main.discard(), this.#backup?.discard()]);
  }
}
