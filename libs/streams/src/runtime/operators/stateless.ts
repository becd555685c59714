import type { BranchNode, FilterNode, FlatMapNode, MapNode, PeekNode } from '../../topology/nodes.js';
import { OperatorFailure } from '../failures.js';
import type { OperatorEnvironment, Process } from './operator.js';

/*
 * Each operator is one closure that calls the next. A user's function is called in a try of its own, so that the
 * failure names the operator; what fails further down passes through untouched.
 */

export function filterOperator(node: FilterNode, { context }: OperatorEnvironment, next: Process): Process {
  const { predicate, keep, name } = node;
  return (key, value) => {
    let answer: boolean;
    try {
      answer = predicate(key, value, context);
    } catch (error) {
      throw new OperatorFailure('TRANSFORMATION', name, error);
    }
    // A predicate may answer with anything truthy, as Array.filter's.
    if (answer ? keep : !keep) next(key, value);
  };
}

export function mapOperator(node: MapNode, { context }: OperatorEnvironment, next: Process): Process {
  const { map, name } = node;
  if (map.changes === 'value') {
    const { fn } = map;
    return (key, value) => {
      let mapped: unknown;
      try {
        mapped = fn(value, key, context);
      } catch (error) {
        throw new OperatorFailure('TRANSFORMATION', name, error);
      }
      next(key, mapped);
    };
  }
  if (map.changes === 'key') {
    const { fn } = map;
    return (key, value) => {
      let mapped: unknown;
      try {
        mapped = fn(key, value, context);
      } catch (error) {
        throw new OperatorFailure('TRANSFORMATION', name, error);
      }
      next(mapped, value);
    };
  }
  const { fn } = map;
  return (key, value) => {
    let newKey: unknown;
    let newValue: unknown;
    try {
      [newKey, newValue] = fn(key, value, context);
    } catch (error) {
      throw new OperatorFailure('TRANSFORMATION', name, error);
    }
    next(newKey, newValue);
  };
}

export function flatMapOperator(node: FlatMapNode, { context }: OperatorEnvironment, next: Process): Process {
  const { map, name } = node;
  if (map.changes === 'value') {
    const { fn } = map;
    return (key, value) => {
      for (const mapped of collect(name, () => fn(value, key, context))) next(key, mapped);
    };
  }
  const { fn } = map;
  return (key, value) => {
    for (const [newKey, newValue] of collect(name, () => fn(key, value, context))) next(newKey, newValue);
  };
}

/** Runs a generator to its end before anything goes on, so that its errors are told from those further down. */
function collect<T>(name: string, results: () => Iterable<T>): readonly T[] {
  try {
    const all = results();
    return Array.isArray(all) ? (all as readonly T[]) : [...all];
  } catch (error) {
    throw new OperatorFailure('TRANSFORMATION', name, error);
  }
}

export function peekOperator(node: PeekNode, { context }: OperatorEnvironment, next: Process): Process {
  const { action, name } = node;
  return (key, value) => {
    try {
      action(key, value, context);
    } catch (error) {
      throw new OperatorFailure('TRANSFORMATION', name, error);
    }
    next(key, value);
  };
}

/** @param branches what comes below each predicate, in their order */
export function branchOperator(
  node: BranchNode,
  { context }: OperatorEnvironment,
  branches: readonly Process[],
): Process {
  const { predicates, name } = node;
  const taken = (key: unknown, value: unknown): number => {
    try {
      return predicates.findIndex((predicate) => predicate(key, value, context));
    } catch (error) {
      throw new OperatorFailure('TRANSFORMATION', name, error);
    }
  };
  return (key, value) => {
    branches[taken(key, value)]?.(key, value);
  };
}
