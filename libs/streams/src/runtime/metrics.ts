/** What a task counts while it runs: plain fields, read when somebody asks. */
export class TaskCounters {
  processed = 0;
  /** Late beyond the grace, or without a key where one is needed: Kafka Streams' `dropped-records-total`. */
  dropped = 0;
  /** Left out by `distinct`: an earlier record had the id. */
  repeated = 0;
  deadLettered = 0;
  skipped = 0;

  add(other: TaskCounters): void {
    this.processed += other.processed;
    this.dropped += other.dropped;
    this.repeated += other.repeated;
    this.deadLettered += other.deadLettered;
    this.skipped += other.skipped;
  }
}

/** One value, under Kafka Streams' name where it has it. Times are milliseconds. */
export interface Metric {
  readonly name: string;
  /** A `counter` only grows, for the life of the application. */
  readonly kind: 'counter' | 'gauge';
  readonly description: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** How often something happened and how long it took. */
export class Timing {
  count = 0;
  totalMs = 0;
  maxMs = 0;

  record(ms: number): void {
    this.count += 1;
    this.totalMs += ms;
    if (ms > this.maxMs) this.maxMs = ms;
  }

  get averageMs(): number {
    return this.count === 0 ? 0 : this.totalMs / this.count;
  }
}

/** Events a second over about the last half minute. */
export class Rate {
  readonly #now: () => number;
  /** Total and time of when a window began, and of the one before. */
  #previous: { readonly at: number; readonly total: number };
  #current: { readonly at: number; readonly total: number };

  constructor(now: () => number = Date.now) {
    this.#now = now;
    this.#current = { at: now(), total: 0 };
    this.#previous = this.#current;
  }

  /** To be called every few seconds or oftener. */
  update(total: number): void {
    if (this.#now() - this.#current.at < WINDOW_MS) return;
    this.#previous = this.#current;
    this.#current = { at: this.#now(), total };
  }

  perSecond(total: number): number {
    const elapsed = this.#now() - this.#previous.at;
    return elapsed <= 0 ? 0 : ((total - this.#previous.total) * 1000) / elapsed;
  }
}

const WINDOW_MS = 15_000;
