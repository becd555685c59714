import type { Aggregated, Bounded, Joining, Tables } from './case-parts.js';
import type { ExtendedNode } from './extended-cases.js';

/** A file of cases, as the oracle reads it (see tools/oracle). */
export interface CaseFile {
  readonly cases: readonly Case[];
}

export interface Case {
  readonly name?: string;
  readonly nodes: readonly CaseNode[];
  readonly inputs: readonly CaseInput[];
  /** For the oracle: which of Java's stores it uses. */
  readonly store?: 'memory';
  readonly config?: Readonly<Record<string, string>>;
}

export type CaseInput =
  | {
      readonly topic: string;
      readonly key?: string | null;
      readonly value?: string | null;
      readonly ts: number;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | { readonly advanceWallClockMs: number };

interface WindowAggregated extends Aggregated, Bounded {
  /** Default 0, as of all times but sizes and gaps. */
  readonly graceMs?: number;
  readonly emit?: 'update' | 'suppress' | 'onWindowClose';
  readonly suppressTimeLimitMs?: number;
}

export type TimeWindowNode = WindowAggregated & {
  readonly op: 'timeWindow';
  readonly sizeMs: number;
  readonly advanceMs?: number;
};
export type SlidingWindowNode = WindowAggregated & { readonly op: 'slidingWindow'; readonly sizeMs: number };
export type SessionWindowNode = WindowAggregated & { readonly op: 'sessionWindow'; readonly gapMs: number };
export type StreamStreamJoinNode = Joining & {
  readonly op: 'streamStreamJoin';
  readonly beforeMs?: number;
  /** Default `beforeMs`. */
  readonly afterMs?: number;
  readonly graceMs?: number;
};
export type StreamTableJoinNode = Joining &
  Tables & { readonly op: 'streamTableJoin'; readonly joinGraceMs?: number };
export type TableTableJoinNode = Joining & Tables & { readonly op: 'tableTableJoin' };
export type ForeignKeyJoinNode = Joining & Tables & { readonly op: 'foreignKeyJoin' };
export type TableGroupByNode = Tables & {
  readonly op: 'tableGroupBy';
  readonly in: string;
  readonly out: string;
};
export type AggregateNode = Aggregated &
  Bounded & {
    readonly op: 'aggregate';
    /** Only our copy of the oracle knows of it. */
    readonly suppressTimeLimitMs?: number;
  };

export type CaseNode =
  | TimeWindowNode
  | SlidingWindowNode
  | SessionWindowNode
  | StreamStreamJoinNode
  | StreamTableJoinNode
  | TableTableJoinNode
  | ForeignKeyJoinNode
  | TableGroupByNode
  | AggregateNode
  | ExtendedNode;

/** The topics that nodes read, sorted. */
export function topicsOf(list: readonly CaseNode[]): readonly string[] {
  return [
    ...new Set(
      list.flatMap((node) => [
        ...('in' in node ? [node.in] : [node.left]),
        ...('right' in node && node.right !== undefined ? [node.right] : []),
      ]),
    ),
  ].sort();
}
