import { PersonalizeEventsClient } from '@aws-sdk/client-personalize-events';
import type { Sink, SinkRecord } from '@mesh/streams';
import { sdkClientOptions, type AwsOptions } from '../aws/client-options.js';
import { BatchingEngine } from '../batching/engine.js';
import { samplesOf, type MetricSample, type SinkSnapshot } from '../batching/metrics.js';
import type { BatchingOptions } from '../batching/options.js';
import { checkPersonalizeEvent, type PersonalizeEvent } from './event.js';
import { putEvents } from './put-events.js';

export interface PersonalizeEventsSinkOptions extends AwsOptions, BatchingOptions {
  /** Of the event tracker, as CreateEventTracker answers it. */
  readonly trackingId: string;
  /** Instead of a client of the sink's own. It must not retry by itself. */
  readonly client?: PersonalizeEventsClient;
}

const MAX_EVENTS = 10;
/** Requests a second that the service allows, by its quotas page. */
const CALLS_PER_SECOND = 1_000;
const MAX_IN_FLIGHT = 32;
const LINGER_MS = 100;

/**
 * Writes events to a Personalize event tracker: up to 10 of one user and session a call, in order per user and
 * session, 1,000 calls a second unless told otherwise. Idempotent by `eventId`.
 *
 * A record that the API would refuse is rejected without a call. Where the service refuses a batch, the record at
 * fault is found by halving, and only that one is rejected. A missing tracker is nobody's record's fault: it is tried
 * for as long as it takes, while {@link problem} says why.
 */
export class PersonalizeEventsSink<K = unknown> implements Sink<K, PersonalizeEvent> {
  readonly #client: PersonalizeEventsClient;
  readonly #engine: BatchingEngine<PersonalizeEvent>;
  #rejected = 0;

  constructor(options: PersonalizeEventsSinkOptions) {
    const maxInFlight = options.maxInFlight ?? MAX_IN_FLIGHT;
    this.#client = options.client ?? new PersonalizeEventsClient(sdkClientOptions(options, maxInFlight));
    this.#engine = new BatchingEngine(
      putEvents(this.#client, options.trackingId),
      { maxRecords: MAX_EVENTS, maxBytes: Infinity, ordered: true },
      {
        ...options,
        maxInFlight,
        lingerMs: options.lingerMs ?? LINGER_MS,
        rate: { callsPerSecond: CALLS_PER_SECOND, ...options.rate },
      },
    );
  }

  write({ value }: SinkRecord<K, PersonalizeEvent>, done: (error?: Error) => void): void {
    const fault = checkPersonalizeEvent(value);
    if (fault !== undefined) {
      this.#rejected += 1;
      done(fault);
      return;
    }
    const bytes = value.properties?.length ?? 0;
    this.#engine.add(`${value.userId}\u0000${value.sessionId}`, value, bytes, done);
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
    return samplesOf('personalize-events', this.snapshot());
  }
}
