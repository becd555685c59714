import type { ValueTransformerSupplier } from '../processor/processor.js';
import type { Operator, Node, Pair, Reads, StoreSpec } from './nodes.js';

/*
 * Operators of tables. What travels between them is a change: the new value of a key and, where somebody below needs
 * it, the one before; `null` is none.
 */

/** Makes changes of records, the latest of each key being its value. */
export interface TableSourceNode extends Operator {
  readonly kind: 'tableSource';
  /** Without one the old values are not known, and nothing can look into the table. */
  readonly store: StoreSpec | undefined;
}

export interface TableFilterNode extends Operator {
  readonly kind: 'tableFilter';
  readonly reads: Reads;
  readonly predicate: (key: unknown, value: unknown) => boolean;
  readonly keep: boolean;
  readonly key: StoreSpec['key'];
  readonly store: StoreSpec | undefined;
}

export interface TableMapNode extends Operator {
  readonly kind: 'tableMap';
  readonly reads: Reads;
  readonly fn: (value: unknown, key: unknown) => unknown;
  readonly key: StoreSpec['key'];
  readonly store: StoreSpec | undefined;
}

/** As {@link TableMapNode}, by a transformer of each task's own, which hears of deletions too. */
export interface TableTransformNode extends Operator {
  readonly kind: 'tableTransform';
  readonly supplier: ValueTransformerSupplier<unknown, unknown, unknown>;
  readonly key: StoreSpec['key'];
  /** Of the table that it makes. */
  readonly store: StoreSpec | undefined;
  /** What the transformer may look into and write to. */
  readonly used: readonly StoreSpec[];
}

/** What two tables are joined by. */
export interface TableJoin {
  readonly left: Node;
  readonly right: Node;
  /** Whether there is a result without a left, or a right, value. */
  readonly leftOptional: boolean;
  readonly rightOptional: boolean;
  readonly joiner: (left: unknown, right: unknown) => unknown;
  readonly key: StoreSpec['key'];
}

/** Joins the changes of one side with what the other side holds. */
export interface TableJoinNode extends Operator {
  readonly kind: 'tableJoin';
  readonly side: 'left' | 'right';
  readonly join: TableJoin;
}

/** The table that both sides of a join make. */
export interface TableMergeNode extends Operator {
  readonly kind: 'tableMerge';
  readonly join: TableJoin;
  readonly store: StoreSpec | undefined;
}

/** Gives each change another key: one record that takes the old value from its group, one that adds the new to its. */
export interface TableRegroupNode extends Operator {
  readonly kind: 'tableRegroup';
  readonly reads: Reads;
  readonly selector: (key: unknown, value: unknown) => Pair;
  /** Of the new keys. */
  readonly key: StoreSpec['key'];
}

export interface TableAggregateNode extends Operator {
  readonly kind: 'tableAggregate';
  readonly store: StoreSpec;
  readonly reads: Reads;
  readonly initial: () => unknown;
  readonly add: (key: unknown, value: unknown, aggregate: unknown) => unknown;
  readonly subtract: (key: unknown, value: unknown, aggregate: unknown) => unknown;
}

/** Whether a table knows the values it holds: it, or the ones it is made of without a change of keys, have a store. */
export function knowsValues(node: Node): boolean {
  if (node.kind !== 'suppress' && 'store' in node && node.store !== undefined) return true;
  if (
    node.kind === 'tableFilter' ||
    node.kind === 'tableMap' ||
    node.kind === 'tableTransform' ||
    node.kind === 'suppress'
  ) {
    return node.parents.every(knowsValues);
  }
  return node.kind === 'tableMerge' || node.kind === 'cogroupMerge';
}

/** How far back a table can be asked for the value as of a time; `undefined` where it knows the latest only. Milliseconds */
export function historyRetentionOf(node: Node): number | undefined {
  if ('store' in node && node.store !== undefined)
    return node.store.type === 'versioned' ? node.store.retentionMs : undefined;
  const [parent] = node.kind === 'tableFilter' || node.kind === 'tableMap' ? node.parents : [];
  return parent && historyRetentionOf(parent);
}
