import { Deliveries } from './deliveries.js';
import type { Batch } from './batch.js';
import { systemClock, type Clock } from './clock.js';
import { Fifo } from './fifo.js';
import type { SinkSnapshot } from './metrics.js';
import type { BatchingOptions, BatchLimits } from './options.js';
import { RateLimit } from './rate-limit.js';
import type { BatchTransport } from './transport.js';

/**
 * Collects records into batches by key and sends them. A batch may go when it is full, when its first record has
 * waited `lingerMs`, or on a flush; it goes when the rate limit and the number of calls in flight allow, and, where
 * order counts, when the batch of the same key before it is complete. Until it goes it fills: under back-pressure
 * batches grow instead of becoming more.
 */
export class BatchingEngine<T> {
  readonly #limits: BatchLimits;
  readonly #lingerMs: number;
  readonly #maxInFlight: number;
  readonly #clock: Clock;
  readonly #rate: RateLimit;
  readonly #deliveries: Deliveries<T>;
  /** The newest batch of each key that is not complete. */
  readonly #newest = new Map<string, Batch<T>>();
  readonly #live = new Set<Batch<T>>();
  /** By the time their linger ends, which is the order in which they were opened. */
  readonly #lingering = new Fifo<Batch<T>>();
  readonly #ready = new Fifo<Batch<T>>();
  #pending = 0;
  #pendingBytes = 0;
  #inFlight = 0;
  #cancelLinger: (() => void) | undefined;
  #cancelRate: (() => void) | undefined;
  #closed = false;

  constructor(
    transport: BatchTransport<T>,
    limits: BatchLimits,
    options: BatchingOptions & { lingerMs: number },
  ) {
    this.#limits = limits;
    this.#lingerMs = options.lingerMs;
    this.#maxInFlight = options.maxInFlight ?? 16;
    this.#clock = options.clock ?? systemClock;
    this.#rate = new RateLimit(options.rate ?? {}, this.#clock.now());
    this.#deliveries = new Deliveries(transport, this.#rate, { ...options, clock: this.#clock });
  }

  /** Takes a record over; `done` is called once, unless the engine is closed before. `bytes` ≤ the batch's limit. */
  add(key: string, payload: T, bytes: number, done: (error?: Error) => void): void {
    if (this.#closed) throw new Error(`${this.#deliveries.name}: written to after close`);
    const at = this.#clock.now();
    const batch = this.#fillable(key, bytes) ?? this.#open(key, at);
    batch.entries.push({
      payload,
      bytes,
      at,
      done: (error) => this.#settle(bytes, done, error),
      caller: done,
    });
    batch.bytes += bytes;
    this.#pending += 1;
    this.#pendingBytes += bytes;
    if (batch.entries.length >= this.#limits.maxRecords || batch.bytes >= this.#limits.maxBytes)
      this.#makeDue(batch);
  }

  /** Makes all batches due and settles when those are complete. */
  flush(): Promise<void> {
    if (this.#live.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      let open = this.#live.size;
      for (const batch of [...this.#live]) {
        batch.waiters.push(() => {
          open -= 1;
          if (open === 0) resolve();
        });
        this.#makeDue(batch);
      }
    });
  }

  /** Gives up what is not complete, ends the calls under way and settles when they have ended. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelLinger?.();
    this.#cancelRate?.();
    await this.#deliveries.abandon();
  }

  snapshot(): SinkSnapshot {
    return {
      ...this.#deliveries.counters(),
      pending: this.#pending,
      pendingBytes: this.#pendingBytes,
      inFlight: this.#inFlight,
    };
  }

  /** Why nothing can be written before somebody corrects the configuration; `undefined` where all is well. */
  problem(): string | undefined {
    return this.#deliveries.problem();
  }

  #fillable(key: string, bytes: number): Batch<T> | undefined {
    const newest = this.#newest.get(key);
    if (newest === undefined || newest.sent) return undefined;
    if (newest.entries.length < this.#limits.maxRecords && newest.bytes + bytes <= this.#limits.maxBytes)
      return newest;
    this.#makeDue(newest);
    return undefined;
  }

  #open(key: string, now: number): Batch<T> {
    const before = this.#limits.ordered ? this.#newest.get(key) : undefined;
    const batch: Batch<T> = {
      key,
      entries: [],
      bytes: 0,
      dueAt: now + this.#lingerMs,
      due: false,
      sent: false,
      blocked: before !== undefined,
      next: undefined,
      waiters: [],
    };
    if (before !== undefined) before.next = batch;
    this.#newest.set(key, batch);
    this.#live.add(batch);
    this.#lingering.push(batch);
    // Not at once, even where there is no linger: nothing is in the batch yet.
    this.#cancelLinger ??= this.#afterLinger(batch, now);
    return batch;
  }

  #waitForLinger(now: number): void {
    let first = this.#lingering.peek();
    while (first !== undefined && (first.due || first.dueAt <= now)) {
      this.#lingering.shift();
      this.#makeDue(first);
      first = this.#lingering.peek();
    }
    this.#cancelLinger = first === undefined ? undefined : this.#afterLinger(first, now);
  }

  #afterLinger({ dueAt }: Batch<T>, now: number): () => void {
    // An alarm may ring a rounding error early; what it is for is due then.
    return this.#clock.after(dueAt - now, () => this.#waitForLinger(Math.max(dueAt, this.#clock.now())));
  }

  #makeDue(batch: Batch<T>): void {
    if (batch.due) return;
    batch.due = true;
    if (!batch.blocked) this.#enqueue(batch);
  }

  #enqueue(batch: Batch<T>): void {
    this.#ready.push(batch);
    this.#pump();
  }

  #pump(): void {
    for (let batch = this.#ready.peek(); batch !== undefined; batch = this.#ready.peek()) {
      if (this.#closed || this.#inFlight >= this.#maxInFlight || this.#cancelRate !== undefined) return;
      const now = this.#clock.now();
      const waitMs = this.#rate.waitMs(batch.bytes, now);
      if (waitMs > 0) {
        this.#cancelRate = this.#clock.after(waitMs, () => {
          this.#cancelRate = undefined;
          this.#pump();
        });
        return;
      }
      this.#ready.shift();
      this.#rate.take(batch.bytes, now);
      this.#send(batch);
    }
  }

  #send(batch: Batch<T>): void {
    batch.sent = true;
    this.#inFlight += 1;
    void this.#deliveries.deliver(batch.entries).then(() => {
      if (!this.#closed) this.#complete(batch);
    });
  }

  #complete(batch: Batch<T>): void {
    this.#inFlight -= 1;
    this.#live.delete(batch);
    if (this.#newest.get(batch.key) === batch) this.#newest.delete(batch.key);
    const { next } = batch;
    if (next !== undefined) {
      next.blocked = false;
      if (next.due) this.#ready.push(next);
    }
    for (const waiter of batch.waiters) waiter();
    this.#pump();
  }

  #settle(bytes: number, done: (error?: Error) => void, error?: Error): void {
    this.#pending -= 1;
    this.#pendingBytes -= bytes;
    done(error);
  }
}
