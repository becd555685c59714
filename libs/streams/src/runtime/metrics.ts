/** What a task counts while it runs: plain fields, read when somebody asks. */
export class TaskCounters {
  processed = 0;
  /** Late beyond the grace, or without a key where one is needed: Kafka Streams' `dropped-records-total`. */
  dropped = 0;
  /** Left out by `distinct`: an earlier record had the id. */
  repeated = 0;
  deadLettered = 0;
  skipped = 0;
  /** By the name of the operator. */
  readonly joins = new Map<string, JoinCounters>();

  /** Of a join: to be looked up once, when the operator is made. */
  join(operator: string): JoinCounters {
    let counters = this.joins.get(operator);
    if (counters === undefined) {
      counters = new JoinCounters();
      this.joins.set(operator, counters);
    }
    return counters;
  }

  add(other: TaskCounters): void {
    this.processed += other.processed;
    this.dropped += other.dropped;
    this.repeated += other.repeated;
    this.deadLettered += other.deadLettered;
    this.skipped += other.skipped;
    for (const [operator, { matched, missed }] of other.joins) {
      const mine = this.join(operator);
      mine.matched += matched;
      mine.missed += missed;
    }
  }
}

/** A join that never matches is mostly one whose sides mean different keys. */
export class JoinCounters {
  /** Records that found a partner, and those that found none when they came. */
  matched = 0;
  missed = 0;
}

/** Kafka Streams' groups of metrics; `stream-client-metrics` are those of its `stream-metrics`. */
export type MetricGroup =
  | 'stream-client-metrics'
  | 'stream-thread-metrics'
  | 'stream-task-metrics'
  | 'stream-processor-node-metrics'
  | 'stream-state-metrics'
  | 'stream-record-cache-metrics'
  | 'consumer-fetch-manager-metrics';

/** One value, under Kafka Streams' name where it has it. Times are milliseconds. */
export interface Metric {
  readonly name: string;
  readonly group: MetricGroup;
  /** A `counter` only grows, for the life of the application. */
  readonly kind: 'counter' | 'gauge';
  readonly description: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What happened within a time. */
class Span {
  readonly from: number;
  count = 0;
  events = 0;
  totalMs = 0;
  minMs = Number.POSITIVE_INFINITY;
  maxMs = 0;

  constructor(from: number) {
    this.from = from;
  }
}

/** How often something happened, ever, and how long it took over about the last half minute. */
export class Timing {
  /** Ever. */
  count = 0;
  readonly #now: () => number;
  #current: Span;
  #previous: Span;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#current = new Span(now());
    this.#previous = this.#current;
  }

  /** @param events that happened in this time, if it is of several */
  record(ms: number, events = 1): void {
    this.count += 1;
    const span = this.#rotated();
    span.count += 1;
    span.events += events;
    span.totalMs += ms;
    if (ms < span.minMs) span.minMs = ms;
    if (ms > span.maxMs) span.maxMs = ms;
  }

  /** Events a second. */
  get perSecond(): number {
    const spans = this.#spans();
    const elapsed = this.#now() - Math.min(...spans.map(({ from }) => from));
    return elapsed <= 0 ? 0 : (spans.reduce((sum, { events }) => sum + events, 0) * 1_000) / elapsed;
  }

  /** 0 where nothing happened. */
  get averageMs(): number {
    const spans = this.#spans();
    const count = spans.reduce((sum, span) => sum + span.count, 0);
    return count === 0 ? 0 : spans.reduce((sum, span) => sum + span.totalMs, 0) / count;
  }

  get minMs(): number {
    const least = Math.min(...this.#spans().map(({ minMs }) => minMs));
    return Number.isFinite(least) ? least : 0;
  }

  get maxMs(): number {
    return Math.max(...this.#spans().map(({ maxMs }) => maxMs));
  }

  #spans(): readonly Span[] {
    const current = this.#rotated();
    return this.#previous === current ? [current] : [this.#previous, current];
  }

  #rotated(): Span {
    const now = this.#now();
    const age = now - this.#current.from;
    if (age >= WINDOW_MS) {
      this.#previous = age >= 2 * WINDOW_MS ? new Span(now) : this.#current;
      this.#current = new Span(now);
    }
    return this.#current;
  }
}

/** What a stream thread counts, for as long as it lives. */
export class ThreadMetrics {
  /** Of the tasks that have ended. */
  readonly counters = new TaskCounters();
  readonly commits = new Timing();
  readonly polls = new Timing();
  readonly processing = new Timing();
  tasksCreated = 0;
  tasksClosed = 0;
  /** Times the thread gave everything up and began anew. */
  restarts = 0;
  /** Changelog records read for tasks that are active here. */
  restored = 0;
  /** As {@link restored}, for standbys and warm-ups. */
  updated = 0;

  /** Keeps what tasks counted that have ended. */
  ended(tasks: readonly { readonly counters: TaskCounters }[]): void {
    for (const { counters } of tasks) this.counters.add(counters);
    this.tasksClosed += tasks.length;
  }
}

const WINDOW_MS = 15_000;
