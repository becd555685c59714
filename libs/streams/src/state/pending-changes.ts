/**
 * The record under way, as a change needs it that goes on later: one object that is overwritten for each record, and
 * copies of it.
 */
export interface ChangeContext {
  timestamp: number;
  copyFrom(other: ChangeContext): void;
  snapshot(): ChangeContext;
}

/** What changes that wait need of their task. */
export interface ChangeHost {
  readonly context: ChangeContext;
  /** A change could not be written or go on; the context is its own. */
  failed(node: string | undefined, error: unknown): void;
}

/** What it takes to hold changes back. */
export interface Cache {
  readonly host: ChangeHost;
  readonly budget: CacheBudget;
}

/** What operators and metrics see of {@link PendingChanges}. */
export interface ChangeCache {
  /** Reads that found a change waiting, and others. */
  readonly hits: number;
  readonly misses: number;
  /** Of what waits, roughly. */
  readonly bytes: number;
  /** Where changes go on. @param node the operator whose changes they are */
  listen(node: string, goOn: GoOn): void;
}

/** What a change goes on as: to the operators below the one that made it. */
export type GoOn = (key: unknown, value: unknown, before: unknown) => void;

/** What the caches of all tasks of a thread hold, so that it stays within bounds. */
export class CacheBudget {
  readonly maxBytes: number;
  /** Of changes that wait. */
  bytes = 0;
  /** Of entries that are held so that they need not be read again. */
  heldBytes = 0;

  /** @param maxBytes 0 for no caches */
  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** Whether more waits than may. */
  get isOver(): boolean {
    return this.bytes > this.maxBytes;
  }
}

/** A change of an entry that is neither in the changelog yet nor known to the operators below. */
export interface PendingChange<E> {
  readonly entry: E;
  /** As the operators below want it; `undefined` where they are not to be told. */
  key: unknown;
  /** What the changelog and the operators below know of the entry; `null` for nothing. */
  readonly before: unknown;
  readonly beforeTimestamp: number;
  readonly context: ChangeContext;
  readonly bytes: number;
  previous: PendingChange<E> | undefined;
  next: PendingChange<E> | undefined;
}

/** What an entry that waits costs beside its key and value: the objects that hold it. Bytes, roughly. */
const OVERHEAD_BYTES = 200;
/** Taken for the size of a value before any was written. Bytes. */
const FIRST_GUESS_BYTES = 64;

/**
 * The changes of one store that wait to be flushed, each entry once, in order of its last change: as Kafka Streams'
 * `NamedCache`. How large values are is not known before they are written: they count as large as those written lately.
 */
export class PendingChanges<E> implements ChangeCache {
  hits = 0;
  misses = 0;
  readonly #host: ChangeHost;
  readonly #budget: CacheBudget;
  #node: string | undefined;
  #goOn: GoOn | undefined;
  #first: PendingChange<E> | undefined;
  #last: PendingChange<E> | undefined;
  #valueBytes = FIRST_GUESS_BYTES;
  #bytes = 0;

  constructor({ host, budget }: Cache) {
    this.#host = host;
    this.#budget = budget;
  }

  get bytes(): number {
    return this.#bytes;
  }

  listen(node: string, goOn: GoOn): void {
    this.#node = node;
    this.#goOn = goOn;
  }

  /** The first change of an entry since it was flushed, by the record under way. */
  add(entry: E, key: unknown, keyBytes: number, before: unknown, beforeTimestamp: number): PendingChange<E> {
    const bytes = keyBytes + this.#valueBytes + OVERHEAD_BYTES;
    const change: PendingChange<E> = {
      entry,
      key,
      before,
      beforeTimestamp,
      context: this.#host.context.snapshot(),
      bytes,
      previous: undefined,
      next: undefined,
    };
    this.#append(change);
    this.#bytes += bytes;
    this.#budget.bytes += bytes;
    return change;
  }

  /** Another change of an entry that waits already. */
  again(change: PendingChange<E>, key: unknown): void {
    change.key = key;
    change.context.copyFrom(this.#host.context);
    if (change === this.#last) return;
    this.#unlink(change);
    this.#append(change);
  }

  /** A change that came to nothing. */
  drop(change: PendingChange<E>): void {
    this.#unlink(change);
    this.#bytes -= change.bytes;
    this.#budget.bytes -= change.bytes;
  }

  /** What waits, first to last. */
  *waiting(): Iterable<PendingChange<E>> {
    for (let change = this.#first; change !== undefined; change = change.next) yield change;
  }

  /** Counts an entry that is held so that it need not be read again. @returns its size, to be released. Bytes */
  keep(keyBytes: number): number {
    const bytes = keyBytes + this.#valueBytes + OVERHEAD_BYTES;
    this.#budget.heldBytes += bytes;
    return bytes;
  }

  release(bytes: number): void {
    this.#budget.heldBytes -= bytes;
  }

  /** Whether entries are to be let go of. */
  get isFull(): boolean {
    return this.#budget.bytes + this.#budget.heldBytes > this.#budget.maxBytes;
  }

  /** How large a value was when it was written. Bytes. */
  wrote(bytes: number): void {
    this.#valueBytes += (bytes - this.#valueBytes) / 16;
  }

  /**
   * Ends all waiting, also of what is changed meanwhile.
   *
   * @param write brings a change to the changelog; answers whether it is to go on
   * @param valueOf the entry's value, `null` where it was deleted, and its time
   */
  flush(write: (change: PendingChange<E>) => boolean, valueOf: (entry: E) => FlushedValue): void {
    if (this.#first === undefined) return;
    const { context } = this.#host;
    const current = context.snapshot();
    for (let change = this.#first; change !== undefined; change = this.#first) {
      this.drop(change);
      context.copyFrom(change.context);
      try {
        const { value, timestamp } = valueOf(change.entry);
        if (!write(change) || change.key === undefined || this.#goOn === undefined) continue;
        context.timestamp = timestamp;
        this.#goOn(change.key, value, change.before);
      } catch (error) {
        this.#host.failed(this.#node, error);
      }
    }
    context.copyFrom(current);
  }

  /** Without writing anything. */
  close(): void {
    this.#budget.bytes -= this.#bytes;
    this.#bytes = 0;
    this.#first = undefined;
    this.#last = undefined;
  }

  #append(change: PendingChange<E>): void {
    change.previous = this.#last;
    change.next = undefined;
    if (this.#last === undefined) this.#first = change;
    else this.#last.next = change;
    this.#last = change;
  }

  #unlink(change: PendingChange<E>): void {
    if (change.previous === undefined) this.#first = change.next;
    else change.previous.next = change.next;
    if (change.next === undefined) this.#last = change.previous;
    else change.next.previous = change.previous;
    change.previous = undefined;
    change.next = undefined;
  }
}

export interface FlushedValue {
  readonly value: unknown;
  readonly timestamp: number;
}
