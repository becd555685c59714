import type { Locks } from './locks.js';
import type { DynamoDbState } from './state.js';

/** What the operations share. */
export interface DynamoDbContext {
  readonly state: DynamoDbState;
  readonly locks: Locks;
  /** `arn:aws:dynamodb:<region>:<account>` */
  readonly arnPrefix: string;
  /** Milliseconds for which a new table is CREATING. */
  readonly createMs: () => number;
  /** Milliseconds for which a transaction is under way, during which others conflict with it. */
  readonly transactionMs: () => number;
  readonly now: () => number;
}
