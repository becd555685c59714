import type { Aggregated, Joining, Tables } from './case-parts.js';

/*
 * Nodes that only our copy of the oracle knows: Extended.java draws them for Kafka Streams, extended-topology.ts for us.
 */

/** Values of the left with `<`, of the right with `>`: plain, in windows (`sizeMs`) or in sessions (`gapMs`). */
export type CogroupNode = Omit<Joining, 'type'> & {
  readonly op: 'cogroup';
  readonly sizeMs?: number;
  readonly gapMs?: number;
  readonly graceMs?: number;
};
/** By what stands before the colon in the left's values. */
export type GlobalTableJoinNode = Joining & { readonly op: 'globalTableJoin' };
/** Keys print as `key@start`. */
export type UnlimitedWindowNode = Aggregated & { readonly op: 'unlimitedWindow'; readonly startMs?: number };
/** Counts each key's records in a store of its own; a punctuation says all counts. */
export type ProcessNode = {
  readonly op: 'process';
  readonly in: string;
  readonly out: string;
  readonly streamEveryMs?: number;
  readonly wallEveryMs?: number;
};
export const TABLE_OPS = ['filter', 'filterNot', 'mapValues', 'transformValues'] as const;
export type TableOp = (typeof TABLE_OPS)[number];
export type TableOpsNode = Tables & {
  readonly op: 'tableOps';
  readonly in: string;
  readonly out: string;
  readonly ops: readonly TableOp[];
  /** Whether each has a store. */
  readonly stored?: boolean;
};
export const STREAM_OPS = [
  'filter',
  'filterNot',
  'map',
  'mapValues',
  'flatMap',
  'flatMapValues',
  'selectKey',
  'merge',
  'branch',
  'repartition',
  'toTable',
  'groupByKey',
] as const;
export type StreamOp = (typeof STREAM_OPS)[number];
export type StreamOpsNode = {
  readonly op: 'streamOps';
  readonly in: string;
  readonly out: string;
  readonly ops: readonly StreamOp[];
  /** What `merge` merges. */
  readonly right?: string;
};

export type ExtendedNode =
  CogroupNode | GlobalTableJoinNode | UnlimitedWindowNode | ProcessNode | TableOpsNode | StreamOpsNode;
