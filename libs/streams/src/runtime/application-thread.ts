import type { Metric } from './metrics.js';
import type { StateQueryRequest, StateQueryResult } from './queries/query.js';

/** A stream thread as its application sees it: on the application's event loop, or in a worker. */
export interface ApplicationThread {
  /** Processing goes on; where not, everything else does. */
  paused: boolean;
  /** What stands in the way of processing, for people, where something particular does. */
  readonly waiting: string | undefined;
  readonly metrics: readonly Metric[];
  start(): void;
  /** See `StreamThread.stop`; does nothing to one that has ended. */
  stop(timeoutMs: number, leaveGroup?: boolean): Promise<void>;
  /** From its own tasks. @throws StateQueryError where no partition could answer */
  query(request: StateQueryRequest): Promise<StateQueryResult>;
}
