import { PersonalizeEventsClient } from '@aws-sdk/client-personalize-events';
import type { RejectedRecordError, Sink, SinkRecord } from '@mesh/streams';
import { sdkClientOptions, type AwsOptions } from '../aws/client-options.js';
import { samplesOf, type MetricSample, type SinkSnapshot } from '../batching/metrics.js';
import { NewestVersions } from '../batching/newest-versions.js';
import type { BatchingOptions } from '../batching/options.js';
import type { BatchTransport } from '../batching/transport.js';

export interface RecordsSinkOptions extends AwsOptions, BatchingOptions {
  /** Of the dataset, as CreateDataset answers it. */
  readonly datasetArn: string;
  /** Instead of a client of the sink's own. It must not retry by itself. */
  readonly client?: PersonalizeEventsClient;
}

/** What is particular to a kind of dataset. */
export interface RecordsKind<T> {
  /** In metrics, as `personalize-users`. */
  readonly name: string;
  readonly idOf: (record: T) => string;
  readonly check: (record: T) => RejectedRecordError | undefined;
  readonly transport: (client: PersonalizeEventsClient, datasetArn: string) => BatchTransport<T>;
}

export interface RecordsSinkSnapshot extends SinkSnapshot {
  /** States that a newer one of the same id made superfluous before they were sent. */
  readonly superseded: number;
}

const MAX_RECORDS = 10;
/** Requests a second that the service allows for a dataset group, by its quotas page. */
const CALLS_PER_SECOND = 10;
const MAX_IN_FLIGHT = 4;
/** A tenth of a second is what a call has to wait for its turn anyway. */
const LINGER_MS = 200;

/**
 * Writes the state of users or items into a Personalize dataset, up to 10 records a call, the newest of each id. Under
 * back-pressure, which at 10 calls a second is the rule, what was superseded meanwhile costs no call.
 */
export class RecordsSink<K, T> implements Sink<K, T> {
  readonly #kind: RecordsKind<T>;
  readonly #client: PersonalizeEventsClient;
  readonly #records: NewestVersions<T>;
  #rejected = 0;

  constructor(kind: RecordsKind<T>, options: RecordsSinkOptions) {
    const maxInFlight = options.maxInFlight ?? MAX_IN_FLIGHT;
    this.#kind = kind;
    this.#client = options.client ?? new PersonalizeEventsClient(sdkClientOptions(options, maxInFlight));
    this.#records = new NewestVersions(kind.transport(this.#client, options.datasetArn), MAX_RECORDS, {
      ...options,
      maxInFlight,
      lingerMs: options.lingerMs ?? LINGER_MS,
      rate: { callsPerSecond: CALLS_PER_SECOND, ...options.rate },
    });
  }

  write({ value }: SinkRecord<K, T>, done: (error?: Error) => void): void {
    const fault = this.#kind.check(value);
    if (fault !== undefined) {
      this.#rejected += 1;
      done(fault);
      return;
    }
    this.#records.add(this.#kind.idOf(value), value, done);
  }

  flush(): Promise<void> {
    return this.#records.flush();
  }

  async close(): Promise<void> {
    await this.#records.close();
    this.#client.destroy();
  }

  /** Why nothing can be written before somebody corrects the configuration. A reason to alarm. */
  problem(): string | undefined {
    return this.#records.problem();
  }

  snapshot(): RecordsSinkSnapshot {
    const snapshot = this.#records.snapshot();
    return { ...snapshot, rejected: snapshot.rejected + this.#rejected };
  }

  metrics(): readonly MetricSample[] {
    const { name } = this.#kind;
    const snapshot = this.snapshot();
    const superseded = { name: 'sink_superseded_total', type: 'counter', labels: { sink: name } } as const;
    return [...samplesOf(name, snapshot), { ...superseded, value: snapshot.superseded }];
  }
}
