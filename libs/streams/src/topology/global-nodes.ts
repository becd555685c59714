import type { RecordMetadata } from '../record.js';
import type { Operator, Reads, StoreSpec, TopicRef } from './nodes.js';

/** A table that each instance keeps whole, of all partitions of its topic, which is also its changelog. */
export interface GlobalTableNode extends Operator {
  readonly kind: 'globalTable';
  readonly topic: TopicRef;
  readonly store: StoreSpec;
}

/** Joins a stream with a global table: without a topic, whatever the partitions of either. */
export interface GlobalJoinNode extends Operator {
  readonly kind: 'globalJoin';
  readonly table: GlobalTableNode;
  readonly reads: Reads;
  /** The key of the table that a record goes with; `null` or `undefined` for none. */
  readonly selector: (key: unknown, value: unknown, record: RecordMetadata) => unknown;
  readonly joiner: (value: unknown, tableValue: unknown) => unknown;
  readonly leftJoin: boolean;
}
