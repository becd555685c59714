import type { Topology } from '../../topology/topology.js';
import type { ApplicationThread } from '../application-thread.js';
import { answerQuery, type QueryableTask } from './answer.js';
import { isFailure, type StateQueryRequest, type StateQueryResult } from './query.js';

export interface Asked {
  readonly topology: Topology;
  readonly applicationId: string;
  /** The global tables that are on this event loop. */
  readonly tasks: readonly QueryableTask[];
  readonly threads: readonly ApplicationThread[];
}

/** Asks all threads of an instance. @throws StateQueryError as {@link answerQuery} */
export async function queryThreads(asked: Asked, request: StateQueryRequest): Promise<StateQueryResult> {
  const { topology, applicationId, tasks, threads } = asked;
  // First of all: what cannot be asked is not passed on.
  const here = answerQuery(topology, applicationId, tasks, request);
  return mergeAnswers([here, ...(await Promise.all(threads.map((thread) => thread.query(request))))]);
}

/** For each partition the answer of the thread that processes it, or else the best there is. */
export function mergeAnswers(answers: readonly StateQueryResult[]): StateQueryResult {
  const best = new Map<number, StateQueryResult[number]>();
  for (const result of answers.flat()) {
    const current = best.get(result.partition);
    if (current === undefined || rank(result) < rank(current)) best.set(result.partition, result);
  }
  return [...best.values()].sort((a, b) => a.partition - b.partition);
}

function rank(result: StateQueryResult[number]): number {
  if (!isFailure(result)) return result.role === 'active' ? 0 : 1;
  return result.failure === 'NOT_PRESENT' ? 3 : 2;
}
