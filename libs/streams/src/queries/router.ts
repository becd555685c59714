import { partitionFor } from '@mesh/kafka';
import { isFailure, StateQueryError, type QueryFailureReason } from '../runtime/queries/query.js';
import type { QueryableApplication, StoreMetadata } from '../runtime/queries/metadata.js';
import type { ApplicationQuery, InstanceResult } from './wire.js';

/** Asks another instance, which answers from its own stores. */
export type Forward = (
  instance: string,
  request: ApplicationQuery,
  options: { readonly signal: AbortSignal; readonly authorization: string | undefined },
) => Promise<readonly InstanceResult[]>;

export interface RouterOptions {
  /** This instance's `applicationServer`. */
  readonly self: string;
  readonly forward: Forward;
  /** For the whole query, and for one instance to answer. Milliseconds. */
  readonly timeoutMs: number;
  readonly hopTimeoutMs: number;
  /** For the entries of all partitions together. Bytes. */
  readonly maxResponseBytes: number;
}

/**
 * Finds the instances that can answer a query, asks all of them at once, and asks others for the partitions that are
 * not where the last assignment had them.
 */
export class QueryRouter {
  readonly #app: QueryableApplication;
  readonly #options: RouterOptions;

  constructor(app: QueryableApplication, options: RouterOptions) {
    this.#app = app;
    this.#options = options;
  }

  /**
   * @param authorization of the request, for the instances that it is passed on to
   * @throws StateQueryError where no partition could be asked
   */
  async route(
    request: ApplicationQuery,
    authorization: string | undefined,
  ): Promise<readonly InstanceResult[]> {
    const partitions = this.#partitionsOf(request);
    const portion = Math.ceil(this.#options.maxResponseBytes / partitions.length);
    const asked = { ...request, limitBytes: Math.min(request.limitBytes ?? portion, portion) };
    const deadline = AbortSignal.timeout(this.#options.timeoutMs);
    const open = new Map(partitions.map((partition) => [partition, this.#candidates(asked, partition)]));
    const results = new Map<number, InstanceResult>();
    while (open.size > 0 && !deadline.aborted) {
      const round = new Map<string, number[]>();
      for (const [partition, candidates] of open) {
        const instance = candidates.shift();
        if (instance === undefined) {
          open.delete(partition);
          continue;
        }
        const together = round.get(instance);
        if (together === undefined) round.set(instance, [partition]);
        else together.push(partition);
      }
      await Promise.all(
        [...round].map(async ([instance, group]) => {
          const signal = AbortSignal.any([deadline, AbortSignal.timeout(this.#options.hopTimeoutMs)]);
          const options = { signal, authorization };
          for (const result of await this.#ask(instance, { ...asked, partitions: group }, options)) {
            results.set(result.partition, result);
            if (!isFailure(result) || !ELSEWHERE.has(result.failure)) open.delete(result.partition);
          }
        }),
      );
    }
    return partitions.map(
      (partition): InstanceResult =>
        results.get(partition) ?? {
          partition,
          failure: 'NOT_PRESENT',
          message: `no instance that can be asked has partition ${partition} of store ${request.store} at present`,
        },
    );
  }

  #partitionsOf({ store: name, query, partitions }: ApplicationQuery): readonly number[] {
    const store = this.#store(name);
    const { partitions: count } = store;
    if (count === 0) {
      throw new StateQueryError('NOT_PRESENT', `${this.#app.applicationId} has not looked at its topics yet`);
    }
    const beyond = partitions?.find((partition) => partition >= count);
    if (beyond !== undefined) {
      throw new StateQueryError('DOES_NOT_EXIST', `store ${name} has ${count} partitions, and no ${beyond}`);
    }
    if (partitions !== undefined && partitions.length > 0) return [...partitions].sort((a, b) => a - b);
    if ('key' in query) return [partitionFor(query.key, count)];
    return Array.from({ length: count }, (_, partition) => partition);
  }

  #store(name: string): StoreMetadata {
    const store = this.#app.stores().find((candidate) => candidate.name === name);
    if (store === undefined) {
      throw new StateQueryError('STORE_NOT_FOUND', `${this.#app.applicationId} keeps no store ${name}`);
    }
    return store;
  }

  /** The instances to ask, in order: the one that processes, then replicas where they may answer, this one first. */
  #candidates({ store, staleness }: ApplicationQuery, partition: number): string[] {
    const { self } = this.#options;
    const { subTopology, global } = this.#store(store);
    if (global === true) return [self];
    const task = `${subTopology}_${partition}`;
    const active: string[] = [];
    const standby: string[] = [];
    for (const { applicationServer, activeTasks, standbyTasks } of this.#app.metadataForAllStreamsClients()) {
      if (applicationServer === undefined) continue;
      if (activeTasks.includes(task)) active.push(applicationServer);
      else if (standbyTasks.includes(task)) standby.push(applicationServer);
    }
    if (staleness === undefined) return active;
    return [...active, ...standby].sort((a, b) => Number(b === self) - Number(a === self));
  }

  async #ask(
    instance: string,
    request: ApplicationQuery & { readonly partitions: readonly number[] },
    options: Parameters<Forward>[2],
  ): Promise<readonly InstanceResult[]> {
    const { self, forward } = this.#options;
    try {
      if (instance === self) return await answerHere(this.#app, self, request);
      return await forward(instance, request, options);
    } catch (error) {
      const failure = error instanceof StateQueryError ? error.reason : 'UNREACHABLE';
      const message = `${instance}: ${error instanceof Error ? error.message : String(error)}`;
      return request.partitions.map((partition) => ({ partition, instance, failure, message }));
    }
  }
}

/** What another instance may answer otherwise. */
const ELSEWHERE: ReadonlySet<QueryFailureReason> = new Set<QueryFailureReason>([
  'NOT_PRESENT',
  'NOT_ACTIVE',
  'TOO_STALE',
  'NOT_UP_TO_BOUND',
  'UNREACHABLE',
]);

/** From the stores of this instance alone. */
export async function answerHere(
  app: QueryableApplication,
  self: string,
  { partial: _partial, ...request }: ApplicationQuery,
): Promise<readonly InstanceResult[]> {
  const results = await app.query({ ...request, requireActive: request.staleness === undefined });
  return results.map((result) => ({ ...result, instance: self }));
}
