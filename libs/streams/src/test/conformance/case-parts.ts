/* What nodes have in common. */

export type JoinType = 'inner' | 'left' | 'outer';

export interface Aggregated {
  readonly in: string;
  readonly out: string;
  /** Default `count`. */
  readonly agg?: 'count' | 'concat';
}

/** How much may wait to go on; only our copy of the oracle knows of it. */
export interface Bounded {
  readonly suppressMaxRecords?: number;
  readonly suppressMaxBytes?: number;
  /** Default `emitEarly`, where results are not final. */
  readonly suppressWhenFull?: 'emitEarly' | 'shutDown';
}

export interface Joining {
  readonly left: string;
  readonly right: string;
  readonly out: string;
  /** Default `inner`. */
  readonly type?: JoinType;
}

/** Tables of any node may be versioned: the first node that names one decides. */
export interface Tables {
  readonly versionedHistoryMs?: number;
}
