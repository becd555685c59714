/** Counts of durations in fixed buckets, cumulative as Prometheus has them. */
export class DurationHistogram {
  /** Upper bounds in milliseconds. */
  static readonly bounds: readonly number[] = [
    1, 2.5, 5, 10, 25, 50, 75, 100, 150, 200, 300, 400, 500, 750, 1_000, 2_500, 5_000, 10_000, 30_000,
  ];
  readonly #counts = new Array<number>(DurationHistogram.bounds.length).fill(0);
  #count = 0;
  #sumMs = 0;

  observe(ms: number): void {
    this.#count += 1;
    this.#sumMs += ms;
    const bucket = DurationHistogram.bounds.findIndex((bound) => ms <= bound);
    if (bucket >= 0) this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
  }

  snapshot(): DurationSnapshot {
    let seen = 0;
    return {
      count: this.#count,
      sumMs: this.#sumMs,
      buckets: DurationHistogram.bounds.map((leMs, i) => ({ leMs, count: (seen += this.#counts[i] ?? 0) })),
    };
  }
}

export interface DurationSnapshot {
  readonly count: number;
  readonly sumMs: number;
  /** How many took at most so long. */
  readonly buckets: readonly { readonly leMs: number; readonly count: number }[];
}

/** What a sink has done and is doing. */
export interface SinkSnapshot {
  /** Remote calls, failed ones included. */
  readonly calls: number;
  /** Records whose effect is durable. */
  readonly records: number;
  /** Calls made again after a failure. */
  readonly retries: number;
  /** Answers that asked for less. */
  readonly throttles: number;
  /** Records given to the dead letters. */
  readonly rejected: number;
  /** Records taken over and not done. */
  readonly pending: number;
  readonly pendingBytes: number;
  /** Batches sent and not complete, those that pause before a retry included. */
  readonly inFlight: number;
  /** Batches that pause because of throttling: above 0 the service takes less than there is. */
  readonly throttled: number;
  /** Batches that can't be written before somebody corrects the configuration: alarm on anything above 0. */
  readonly misconfigured: number;
  readonly callLatency: DurationSnapshot;
  /** From taking a record over to its effect. */
  readonly recordLatency: DurationSnapshot;
}

/** A reading for a metrics system. */
export interface MetricSample {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The snapshot under Prometheus' naming rules, each with the sink's name as label. */
export function samplesOf(sink: string, snapshot: SinkSnapshot): readonly MetricSample[] {
  const labels = { sink };
  const counter = (name: string, value: number): MetricSample => ({ name, type: 'counter', labels, value });
  const gauge = (name: string, value: number): MetricSample => ({ name, type: 'gauge', labels, value });
  return [
    counter('sink_calls_total', snapshot.calls),
    counter('sink_records_total', snapshot.records),
    counter('sink_retries_total', snapshot.retries),
    counter('sink_throttles_total', snapshot.throttles),
    counter('sink_rejected_total', snapshot.rejected),
    gauge('sink_pending_records', snapshot.pending),
    gauge('sink_pending_bytes', snapshot.pendingBytes),
    gauge('sink_calls_in_flight', snapshot.inFlight),
    gauge('sink_throttled', snapshot.throttled),
    gauge('sink_misconfigured', snapshot.misconfigured),
    ...durationSamples('sink_call_duration_seconds', labels, snapshot.callLatency),
    ...durationSamples('sink_record_latency_seconds', labels, snapshot.recordLatency),
  ];
}

function durationSamples(
  name: string,
  labels: Readonly<Record<string, string>>,
  { count, sumMs, buckets }: DurationSnapshot,
): readonly MetricSample[] {
  const sample = (suffix: string, value: number, extra = {}): MetricSample => ({
    name: `${name}_${suffix}`,
    type: 'counter',
    labels: { ...labels, ...extra },
    value,
  });
  return [
    ...buckets.map((bucket) => sample('bucket', bucket.count, { le: String(bucket.leMs / 1_000) })),
    sample('bucket', count, { le: '+Inf' }),
    sample('sum', sumMs / 1_000),
    sample('count', count),
  ];
}
