import { topicsOf, type Case, type CaseNode, type TableTableJoinNode } from '../cases.js';
import type { StreamOp, StreamOpsNode } from '../extended-cases.js';
import type { Pieces } from './pieces.js';
import { spread } from './spread.js';

/*
 * What of a partitioned application can be held against Kafka Streams' answers for single partitions, by operator.
 *
 * All input is there before the application begins, and a task takes the records of its topics by their times: what it
 * makes of them is then decided by the input alone, joins included. It is not where a topic of the topology itself
 * stands in between: a foreign-key join and a re-keyed table bring together records of several tasks, and which comes
 * first is a matter of time. So it is where a node reads what another writes together with something else.
 */

/** How a node's output is compared. */
export type Rule =
  /** Each record, in order: of each partition, what came of one partition of the input. */
  | 'records'
  /** As 'records', beside what the machine's clock brings: that says, of each key, what was counted up to there. */
  | 'records and wall-clock punctuations'
  /**
   * Where keys are changed: of each partition each record, those that came of one partition of the input in order. Which
   * of two tasks writes first is a matter of time.
   */
  | 'records of tasks'
  /** With a cache: of each key the last record is the same, and those before it are some of the others, in order. */
  | 'last changes'
  /** With a cache, of what goes on after a time: of each key some of the changes that there are without waiting, in order. */
  | 'some changes'
  /** As 'last changes', of tables that rows are deleted from: it is open when, and how often. */
  | 'last rows'
  /**
   * With a cache, of joins of tables: of each key the last value. A row of one side that came and went between two commits
   * leaves no trace, not even its time.
   */
  | 'last values'
  /** What was added to each group and taken from it, in any order. */
  | 'additions and subtractions'
  /** With a cache: what was added and not taken away again. */
  | 'net additions'
  | WholeRule;

/** What is held against the whole input in one partition. */
export const WHOLE_RULES = [
  'final table',
  'results in any order',
  /** Of two streams that one partition has in another order than all: in each row the values that were added. */
  'final table, additions in any order',
] as const;
export type WholeRule = (typeof WHOLE_RULES)[number];

export type Verdict = { readonly rule: Rule } | { readonly leftOut: string };

/** Why a case is not run at all. */
export function caseLeftOut(given: Case, caching: boolean): string | undefined {
  if (given.store === 'memory') return "cases for Java's stores in memory, which forget at other times";
  if (given.config !== undefined) return 'cases with a configuration of their own';
  const outs = given.nodes.map(({ out }) => out);
  if (new Set(outs).size < outs.length) return 'cases where two nodes write to one topic';
  if (given.inputs.some((input) => 'topic' in input && outs.includes(input.topic))) {
    return 'cases with input in a topic that a node writes to: in which order they come there is open';
  }
  if (given.nodes.some((node) => node.op === 'globalTableJoin' && outs.includes(node.right))) {
    return 'cases with a global table of what they write: how much of it is there at the beginning is open';
  }
  const read = topicsOf(given.nodes);
  if (given.nodes.some((node) => goesByWallClock(node) && read.includes(node.out))) {
    return 'cases that read what the wall clock makes: it never comes to an end';
  }
  if (given.nodes.some(mayShutDown)) {
    if (caching) return 'with a cache, cases that a full buffer may end: when it is full is up to commits';
    if (
      given.nodes.some((node) => mayShutDown(node) && topicsOf([node]).some((topic) => outs.includes(topic)))
    ) {
      return 'cases that a full buffer of what they write may end: whether it does is known too late';
    }
  }
  return undefined;
}

/** Whether a full buffer ends the application. */
export function mayShutDown(node: CaseNode): boolean {
  return 'suppressWhenFull' in node && node.suppressWhenFull === 'shutDown';
}

function goesByWallClock(node: CaseNode): boolean {
  return node.op === 'process' && node.wallEveryMs !== undefined;
}

/** @param node one of the case's pieces */
export function verdictOf(node: CaseNode, given: Case, pieces: Pieces, caching: boolean): Verdict {
  if (node.op === 'foreignKeyJoin') {
    return remembersAll(given)
      ? { rule: 'final table' }
      : {
          leftOut:
            'foreign-key joins of versioned tables that forget: how late a record is depends on its partition',
        };
  }
  if (node.op === 'tableGroupBy') return { rule: caching ? 'net additions' : 'additions and subtractions' };
  const written = pieces.nodes.map(({ out }) => out);
  // A global table is there before anything else.
  const sources = topicsOf([node]).filter((topic) => !pieces.globals.has(topic));
  if (sources.length > 1 && sources.some((topic) => written.includes(topic))) {
    return {
      leftOut: 'nodes that read what the case writes beside another topic: it comes whenever it comes',
    };
  }
  switch (node.op) {
    case 'streamStreamJoin':
    case 'streamTableJoin':
    case 'globalTableJoin':
      return { rule: 'records' };
    case 'process':
      if (node.streamEveryMs !== undefined && !isOneTask(node.in, pieces)) {
        return { leftOut: "punctuations by the stream time of a task that is not all of the oracle's" };
      }
      return { rule: goesByWallClock(node) ? 'records and wall-clock punctuations' : 'records' };
    case 'tableTableJoin':
      if (caching && isOfItself(node)) {
        return {
          leftOut:
            'with a cache, tables joined with themselves: a deletion finds no other side and does not go on, so that what came and went is there where a commit came in between',
        };
      }
      return { rule: caching ? 'last values' : 'records' };
    case 'tableOps':
      return { rule: caching ? 'last rows' : 'records' };
    case 'streamOps':
      return streamOpsVerdict(node, caching);
    case 'aggregate':
    case 'cogroup':
    case 'timeWindow':
    case 'slidingWindow':
    case 'sessionWindow':
    case 'unlimitedWindow':
      return aggregateVerdict(node, caching);
  }
}

function aggregateVerdict(node: CaseNode, caching: boolean): Verdict {
  if (!caching) {
    return node.op === 'timeWindow' && node.emit === 'onWindowClose'
      ? { leftOut: 'without caches, time windows that go on when they close: Kafka Streams loses them' }
      : { rule: 'records' };
  }
  // When a change that waited in a cache begins to wait on is up to commits.
  return { rule: waitsForTime(node) ? 'some changes' : 'last changes' };
}

function waitsForTime(node: CaseNode): boolean {
  return 'suppressTimeLimitMs' in node && node.suppressTimeLimitMs !== undefined;
}

/** A node as Kafka Streams is asked of it: without the time that it waits, where it waits behind a cache. */
export function askedOf(node: CaseNode, caching: boolean): CaseNode {
  if (!caching || !waitsForTime(node)) return node;
  const asked = Object.entries(node).filter(([name]) => !name.startsWith('suppress'));
  return Object.fromEntries(asked) as unknown as CaseNode;
}

const REKEYING: readonly StreamOp[] = ['map', 'flatMap', 'selectKey'];
const STATEFUL: readonly StreamOp[] = ['toTable', 'groupByKey'];
/** What makes of each record one of the same key. */
const ONE_TO_ONE: readonly StreamOp[] = ['mapValues', 'branch'];

function streamOpsVerdict({ ops }: StreamOpsNode, caching: boolean): Verdict {
  const first = ops.findIndex((op) => STATEFUL.includes(op));
  if (!caching || first < 0) {
    return { rule: ops.some((op) => REKEYING.includes(op)) ? 'records of tasks' : 'records' };
  }
  const after = ops.slice(first + 1);
  if (ops[first] === 'toTable' && after.length === 0) return { rule: 'last rows' };
  // An aggregate is never deleted, so that each of its changes is a row of a table that is made of it.
  if (ops[first] === 'groupByKey' && after.every((op) => op === 'toTable' || ONE_TO_ONE.includes(op))) {
    return { rule: 'last changes' };
  }
  return {
    leftOut: "with a cache, operators on a table's changes as a stream: which there are is up to commits",
  };
}

/** Whether the task that reads a topic reads all that the case does, as the oracle's does, and nothing that comes later. */
function isOneTask(topic: string, { nodes, tasks, globals }: Pieces): boolean {
  const task = tasks.find((topics) => topics.includes(topic)) ?? [];
  const inputs = topicsOf(nodes).filter((read) => !globals.has(read));
  return (
    inputs.every((read) => task.includes(read)) &&
    task.every((read) => inputs.includes(read) && nodes.every(({ out }) => out !== read))
  );
}

/**
 * What of a node's output is that of the whole input in one partition, whatever the order in which partitions are read:
 * results are made of records of one key, in the order of these or in any, and none is late.
 */
export function wholeRuleOf(node: CaseNode, given: Case, caching: boolean): WholeRule | undefined {
  const covers = 'graceMs' in node && (node.graceMs ?? 0) >= spanOf(given);
  switch (node.op) {
    case 'aggregate':
      return node.suppressTimeLimitMs === undefined ? 'final table' : undefined;
    case 'unlimitedWindow':
      return 'final table';
    case 'tableTableJoin':
      return remembersAll(given) && !(caching && isOfItself(node)) ? 'final table' : undefined;
    case 'foreignKeyJoin':
    case 'tableOps':
      return remembersAll(given) ? 'final table' : undefined;
    case 'timeWindow':
    case 'slidingWindow':
    case 'sessionWindow': {
      const goesOn = (node.emit ?? 'update') === 'update' && node.suppressTimeLimitMs === undefined;
      return covers && goesOn ? 'final table' : undefined;
    }
    case 'cogroup': {
      const windowed = node.sizeMs !== undefined || node.gapMs !== undefined;
      return covers || !windowed ? 'final table, additions in any order' : undefined;
    }
    case 'streamStreamJoin':
      // One of the others that comes late is not kept for a match that comes later still: it goes on without.
      return covers && (node.type ?? 'inner') === 'inner' ? 'results in any order' : undefined;
    case 'globalTableJoin':
      return 'results in any order';
    case 'streamOps': {
      const stateful = node.ops.filter((op) => STATEFUL.includes(op)).length;
      if (stateful === 0) return 'results in any order';
      const endsSo = stateful === 1 && STATEFUL.includes(node.ops.at(-1) ?? 'filter');
      return endsSo && topicsOf([node]).length === 1 ? 'final table' : undefined;
    }
    // What a record finds in a table depends on the order of the two; what is added to a group, and counted of a key, is
    // compared anyway.
    case 'streamTableJoin':
    case 'tableGroupBy':
    case 'process':
      return undefined;
  }
}

function isOfItself({ left, right }: TableTableJoinNode): boolean {
  return left === right;
}

/** Whether no version of a table is too old for it, of all the input. */
function remembersAll(given: Case): boolean {
  return given.nodes.every(
    (node) => !('versionedHistoryMs' in node) || (node.versionedHistoryMs ?? 0) >= spanOf(given),
  );
}

/** A case with a grace, and a history of tables, that covers all of its input, wherever a node has one. */
export function widened(given: Case): Case {
  const covering = spanOf(given) + 1;
  return {
    ...given,
    nodes: given.nodes.map((node) => ({
      ...node,
      ...('graceMs' in node ? { graceMs: covering } : {}),
      ...('versionedHistoryMs' in node ? { versionedHistoryMs: covering } : {}),
    })),
  };
}

function spanOf(given: Case): number {
  const times = spread(given).map(({ ts }) => ts);
  return times.length === 0 ? 0 : Math.max(...times) - Math.min(...times);
}
