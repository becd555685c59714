/** One record on its way. */
export interface Entry<T> {
  readonly payload: T;
  readonly bytes: number;
  /** When it was handed in, on the engine's clock. */
  readonly at: number;
  readonly done: (error?: Error) => void;
  /** `done` as it was handed in: what those who trace know the record by. */
  readonly caller: (error?: Error) => void;
}

/**
 * Records that go out in one call.
 *
 *     filling → due → sent → complete
 *
 * It is filling until it is sent: being due (full, lingered long enough, or flushed) only means that it may go.
 */
export interface Batch<T> {
  readonly key: string;
  readonly entries: Entry<T>[];
  bytes: number;
  /** When it has lingered long enough. */
  readonly dueAt: number;
  due: boolean;
  sent: boolean;
  /** An earlier batch of the same key is not complete. */
  blocked: boolean;
  /** The batch of the same key that this one blocks. */
  next: Batch<T> | undefined;
  /** Told when it is complete. */
  readonly waiters: (() => void)[];
}
