import type { BackoffOptions } from './backoff.js';
import type { Clock } from './clock.js';
import type { RateLimitOptions } from './rate-limit.js';

export interface SinkLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What a user of a sink may set. */
export interface BatchingOptions {
  /** How long the first record of a batch waits for others. Milliseconds. */
  readonly lingerMs?: number;
  /** Calls under way at once. A batch that pauses before its retry counts, so that a throttled service gets less. */
  readonly maxInFlight?: number;
  readonly rate?: RateLimitOptions;
  readonly backoff?: BackoffOptions;
  readonly logger?: SinkLogger;
  readonly clock?: Clock;
  /** 0 ≤ x < 1 */
  readonly random?: () => number;
}

/** What the kind of call determines. */
export interface BatchLimits {
  readonly maxRecords: number;
  readonly maxBytes: number;
  /** Records of one key take effect in order: never are two batches of a key under way. */
  readonly ordered: boolean;
}
