import type { Aggregation, Node, Operator, StoreSpec } from './nodes.js';
import type { JoinWindows, SessionWindows, SlidingWindows } from './windows.js';

export interface SlidingAggregateNode extends Operator {
  readonly kind: 'slidingAggregate';
  readonly store: StoreSpec;
  readonly aggregation: Aggregation;
  readonly windows: SlidingWindows;
  readonly onClose: boolean;
  /** See {@link WindowAggregateNode}'s. */
  readonly closeOnIdleMs?: number | undefined;
}

export interface SessionAggregateNode extends Operator {
  readonly kind: 'sessionAggregate';
  readonly store: StoreSpec;
  readonly aggregation: Aggregation;
  readonly merge: (key: unknown, one: unknown, other: unknown) => unknown;
  readonly windows: SessionWindows;
  readonly onClose: boolean;
  /** See {@link WindowAggregateNode}'s. */
  readonly closeOnIdleMs?: number | undefined;
}

/** Holds changes back: until their window takes no more records, or for a time. */
export interface SuppressNode extends Operator {
  readonly kind: 'suppress';
  readonly store: StoreSpec;
  readonly until: 'window-closes' | 'time-limit';
  /** How far time must go on past a window's end, or past the first change of a key. Milliseconds. */
  readonly waitMs: number;
  /**
   * Whether a window that has gone on stays final. A session ends with its gap and is let go on at that very time, when
   * the aggregation still takes records for it: Kafka Streams would let it go on twice.
   */
  readonly finalOnce: boolean;
  /** See {@link WindowAggregateNode}'s. */
  readonly closeOnIdleMs?: number | undefined;
  /** How much may wait; absent: as much as comes. */
  readonly bounds:
    { readonly maxRecords: number; readonly maxBytes: number; readonly emitEarly: boolean } | undefined;
}

/** One side of a join of two streams: looks into the other's records, then keeps its own. */
export interface StreamJoinNode extends Operator {
  readonly kind: 'streamJoin';
  readonly side: 'left' | 'right';
  /** Whether a record of this side without a match has a result. */
  readonly outer: boolean;
  readonly mine: StoreSpec;
  readonly other: StoreSpec;
  /** Records that wait for the end of their window without a match; for left and outer joins. */
  readonly unmatched: StoreSpec | undefined;
  readonly stores: readonly StoreSpec[];
  readonly windows: JoinWindows;
  readonly joiner: (left: unknown, right: unknown) => unknown;
}

export interface StreamTableJoinNode extends Operator {
  readonly kind: 'streamTableJoin';
  readonly table: Node;
  readonly tableKey: StoreSpec['key'];
  /** Whether the table answers with the value as of the record's time. */
  readonly versioned: boolean;
  readonly leftJoin: boolean;
  readonly joiner: (value: unknown, tableValue: unknown) => unknown;
  /** Records wait here until time has gone on by `graceMs`. */
  readonly buffer: { readonly store: StoreSpec; readonly graceMs: number } | undefined;
  readonly stores: readonly StoreSpec[];
}
