import { S3Client } from '@aws-sdk/client-s3';
import { RejectedRecordError, type Sink, type SinkRecord } from '@mesh/streams';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { sdkClientOptions, type AwsOptions } from '../aws/client-options.js';
import { systemClock, type Clock } from '../batching/clock.js';
import { BatchingEngine } from '../batching/engine.js';
import { DurationHistogram, samplesOf, type MetricSample, type SinkSnapshot } from '../batching/metrics.js';
import type { BatchingOptions } from '../batching/options.js';
import { offsetText, type LandingPlan } from './landing-plan.js';
import { PartitionLanding, type LandingTarget, type Line } from './partition-landing.js';
import { putObjects, type PlanUpload, type Upload } from './put-objects.js';

export interface S3LandingSinkOptions<K, V> extends AwsOptions, Omit<BatchingOptions, 'rate'> {
  readonly bucket: string;
  /** Before `dt=…`, with a slash at the end, as `interactions/raw/`. */
  readonly prefix: string;
  /** Where plans go: not below {@link prefix}, where queries would find them. As `interactions/plans/`. */
  readonly planPrefix: string;
  /** A record as one line of JSON; what it throws rejects the record. */
  readonly encode: (record: SinkRecord<K, V>) => string;
  /** A batch of a partition is full with so many records. Default 20,000. */
  readonly maxRecords?: number;
  /** … or so many characters, before compression. Default 16 Mi. */
  readonly maxBytes?: number;
  /** … or when its first record has waited so long. Milliseconds, default 60,000. */
  readonly lingerMs?: number;
  /** Instead of a client of the sink's own. It must not retry by itself. */
  readonly client?: S3Client;
}

const MAX_RECORDS = 20_000;
const MAX_BYTES = 16 * 1_024 * 1_024;
const LINGER_MS = 60_000;
const MAX_IN_FLIGHT = 8;
const compress = promisify(gzip);

/**
 * Lands records in S3 as gzipped JSON lines, by the hour of each record's time:
 *
 *     <prefix>dt=2026-01-05/hour=13/<topic>-<partition>-<from>.jsonl.gz
 *
 * A batch of a partition is a range of offsets, `from` its first, and an object for each hour in it. A plan of the batch
 * is written first ({@link LandingPlan}), so that a repetition makes the same objects under the same names: each record
 * is in exactly one object, once, although it may be written more than once. Reading must begin where a batch did: at
 * committed offsets, or at the beginning of the topic.
 */
export class S3LandingSink<K, V> implements Sink<K, V> {
  readonly #options: S3LandingSinkOptions<K, V>;
  readonly #client: S3Client;
  readonly #clock: Clock;
  readonly #uploads: BatchingEngine<Upload>;
  readonly #partitions = new Map<string, PartitionLanding>();
  /** What ends the waiting of each batch that is filling. */
  readonly #timers = new Set<() => void>();
  readonly #recordLatency = new DurationHistogram();
  #records = 0;
  #rejected = 0;
  #closed = false;

  constructor(options: S3LandingSinkOptions<K, V>) {
    if (options.planPrefix.startsWith(options.prefix))
      throw new RangeError(`plans below ${options.prefix} would be read as data: ${options.planPrefix}`);
    const maxInFlight = options.maxInFlight ?? MAX_IN_FLIGHT;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#client =
      options.client ??
      new S3Client({
        ...sdkClientOptions(options, maxInFlight),
        // A stand-in's bucket has no host name of its own.
        forcePathStyle: options.endpoint !== undefined || process.env['AWS_ENDPOINT_URL_S3'] !== undefined,
      });
    this.#uploads = new BatchingEngine<Upload>(
      putObjects(this.#client, options.bucket),
      { maxRecords: 1, maxBytes: Infinity, ordered: false },
      { ...options, maxInFlight, lingerMs: 0 },
    );
  }

  write(record: SinkRecord<K, V>, done: (error?: Error) => void): void {
    const { topic, partition, offset } = record;
    let line: Line;
    try {
      const at = this.#clock.now();
      line = {
        offset,
        folder: folderOf(record.timestamp),
        text: `${this.#options.encode(record)}\n`,
        done: (error) => {
          if (error === undefined) {
            this.#records += 1;
            this.#recordLatency.observe(this.#clock.now() - at);
          }
          done(error);
        },
        caller: done,
      };
    } catch (cause) {
      this.#rejected += 1;
      done(
        new RejectedRecordError('NOT_ENCODABLE', `the record can't be landed: ${String(cause)}`, { cause }),
      );
      return;
    }
    this.#landingOf(topic, partition, offset).add(line);
  }

  async flush(): Promise<void> {
    await Promise.all([...this.#partitions.values()].map((landing) => landing.flush()));
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const cancel of this.#timers) cancel();
    await this.#uploads.close();
    this.#client.destroy();
  }

  /** Why nothing can be written before somebody corrects the configuration. A reason to alarm. */
  problem(): string | undefined {
    return this.#uploads.problem();
  }

  snapshot(): SinkSnapshot {
    const landings = [...this.#partitions.values()];
    return {
      ...this.#uploads.snapshot(),
      records: this.#records,
      rejected: this.#rejected,
      pending: landings.reduce((sum, { pending }) => sum + pending, 0),
      pendingBytes: landings.reduce((sum, { pendingBytes }) => sum + pendingBytes, 0),
      recordLatency: this.#recordLatency.snapshot(),
    };
  }

  metrics(): readonly MetricSample[] {
    return samplesOf('s3-landing', this.snapshot());
  }

  #landingOf(topic: string, partition: number, offset: number): PartitionLanding {
    const id = `${topic}-${partition}`;
    const known = this.#partitions.get(id);
    // An offset again: the partition was lost and is read anew from what was committed. What is left of the time before
    // belongs to a task that is closed.
    if (known !== undefined && (known.last ?? -1) < offset) return known;
    const { maxRecords = MAX_RECORDS, maxBytes = MAX_BYTES } = this.#options;
    const landing = new PartitionLanding({ maxRecords, maxBytes }, this.#target(id));
    this.#partitions.set(id, landing);
    return landing;
  }

  #target(id: string): LandingTarget {
    const { prefix, planPrefix, lingerMs = LINGER_MS } = this.#options;
    return {
      afterLinger: (callback) => {
        if (this.#closed) return;
        const cancel = this.#clock.after(lingerMs, () => {
          this.#timers.delete(cancel);
          callback();
        });
        this.#timers.add(cancel);
      },
      plan: async (plan: LandingPlan) => {
        const key = `${planPrefix}${id}/${offsetText(plan.from)}.json`;
        const upload: PlanUpload = { kind: 'plan', key, plan };
        await this.#upload(upload);
        return upload.plan;
      },
      land: async (from, lines) => {
        const name = `${id}-${offsetText(from)}.jsonl.gz`;
        await Promise.all(
          [...Map.groupBy(lines, ({ folder }) => folder)].map(async ([folder, inFolder]) => {
            const body = await compress(inFolder.map(({ text }) => text).join(''));
            const writes = inFolder.map(({ caller }) => caller);
            await this.#upload({ kind: 'data', key: `${prefix}${folder}/${name}`, body, writes });
          }),
        );
      },
    };
  }

  #upload(upload: Upload): Promise<void> {
    return new Promise((resolve, reject) => {
      // Given up with the sink: never settled, as `done` of its records is never called.
      if (this.#closed) return;
      this.#uploads.add('', upload, 0, (error) => (error === undefined ? resolve() : reject(error)));
    });
  }
}

function folderOf(timestamp: number): string {
  const [date = '', time = ''] = new Date(timestamp).toISOString().split('T');
  return `dt=${date}/hour=${time.slice(0, 2)}`;
}
