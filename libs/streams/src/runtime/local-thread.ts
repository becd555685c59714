import type { GroupMetadata } from '@mesh/kafka';
import type { Topology } from '../topology/topology.js';
import type { ApplicationThread } from './application-thread.js';
import { threadMetrics } from './metrics-snapshot.js';
import type { Metric } from './metrics.js';
import { answerQuery } from './queries/answer.js';
import type { StateQueryRequest, StateQueryResult } from './queries/query.js';
import type { StreamThread } from './stream-thread.js';

export interface LocalThreadOptions {
  readonly topology: Topology;
  readonly applicationId: string;
  readonly index: number;
}

/** A stream thread on this event loop. */
export class LocalThread implements ApplicationThread {
  readonly #thread: StreamThread;
  readonly #options: LocalThreadOptions;

  constructor(thread: StreamThread, options: LocalThreadOptions) {
    this.#thread = thread;
    this.#options = options;
  }

  get paused(): boolean {
    return this.#thread.paused;
  }

  set paused(paused: boolean) {
    this.#thread.paused = paused;
  }

  get waiting(): string | undefined {
    return this.#thread.waiting;
  }

  /** See `StreamThread.member`. */
  get member(): GroupMetadata | undefined {
    return this.#thread.member;
  }

  get metrics(): readonly Metric[] {
    return threadMetrics(this.#thread, { 'thread-id': String(this.#options.index + 1) });
  }

  start(): void {
    this.#thread.start();
  }

  stop(timeoutMs: number, leaveGroup?: boolean): Promise<void> {
    return this.#thread.stop(timeoutMs, leaveGroup);
  }

  async query(request: StateQueryRequest): Promise<StateQueryResult> {
    const { topology, applicationId } = this.#options;
    return answerQuery(topology, applicationId, this.#thread.queryable, request);
  }
}
