import { topicsOf, type Case, type CaseNode } from '../cases.js';
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
  /** With a cache: of each key the last record is the same, and those before it are some of the others, in order. */
  | 'last changes'
  /**
   * With a cache, of joins of tables: of each key the last value. A row of one side that came and went between two commits
   * leaves no trace, not even its time.
   */
  | 'last values'
  /** Only as a table, against the whole input in one partition. */
  | 'final table'
  /** What was added to each group and taken from it, in any order. */
  | 'additions and subtractions'
  /** With a cache: what was added and not taken away again. */
  | 'net additions';

export type Verdict = { readonly rule: Rule } | { readonly leftOut: string };

/** Operators that the rules below know. */
const KNOWN: readonly CaseNode['op'][] = [
  'aggregate',
  'timeWindow',
  'slidingWindow',
  'sessionWindow',
  'streamStreamJoin',
  'streamTableJoin',
  'tableTableJoin',
  'foreignKeyJoin',
  'tableGroupBy',
];

/** Why a case is not run at all. */
export function caseLeftOut(given: Case): string | undefined {
  if (given.inputs.some((input) => 'advanceWallClockMs' in input)) {
    return "cases that move the wall clock, which is the machine's on a real broker";
  }
  if (given.store === 'memory') return "cases for Java's stores in memory, which forget at other times";
  if (given.nodes.some(({ op }) => !KNOWN.includes(op))) return 'cases with operators that no rule is for';
  if (given.config !== undefined) return 'cases with a configuration of their own';
  const outs = given.nodes.map(({ out }) => out);
  if (new Set(outs).size < outs.length) return 'cases where two nodes write to one topic';
  if (given.inputs.some((input) => 'topic' in input && outs.includes(input.topic))) {
    return 'cases with input in a topic that a node writes to: in which order they come there is open';
  }
  return undefined;
}

export function verdictOf(node: CaseNode, given: Case, caching: boolean): Verdict {
  if (node.op === 'foreignKeyJoin') {
    return remembersAll(given)
      ? { rule: 'final table' }
      : {
          leftOut:
            'foreign-key joins of versioned tables that forget: how late a record is depends on its partition',
        };
  }
  if (node.op === 'tableGroupBy') return { rule: caching ? 'net additions' : 'additions and subtractions' };
  const written = given.nodes.map(({ out }) => out);
  const sources = topicsOf([node]);
  if (sources.length > 1 && sources.some((topic) => written.includes(topic))) {
    return {
      leftOut: 'nodes that read what the case writes beside another topic: it comes whenever it comes',
    };
  }
  if (!caching && node.op === 'timeWindow' && node.emit === 'onWindowClose') {
    return { leftOut: 'without caches, time windows that go on when they close: Kafka Streams loses them' };
  }
  if (!caching || node.op === 'streamStreamJoin' || node.op === 'streamTableJoin') return { rule: 'records' };
  if ('suppressTimeLimitMs' in node) {
    return { leftOut: 'with a cache, nodes that go on after a time: when they begin to wait is up to it' };
  }
  return { rule: node.op === 'tableTableJoin' ? 'last values' : 'last changes' };
}

/**
 * What of a node's output is that of the whole input in one partition, whatever the order in which partitions are read:
 * results are made of records of one key, in the order of these or in any, and none is late.
 */
export function wholeRuleOf(node: CaseNode, given: Case): 'final table' | 'results in any order' | undefined {
  const covers = 'graceMs' in node && (node.graceMs ?? 0) >= spanOf(given);
  switch (node.op) {
    case 'aggregate':
      return 'final table';
    case 'tableTableJoin':
    case 'foreignKeyJoin':
      return remembersAll(given) ? 'final table' : undefined;
    case 'timeWindow':
    case 'slidingWindow':
    case 'sessionWindow': {
      const goesOn = (node.emit ?? 'update') === 'update' && node.suppressTimeLimitMs === undefined;
      return covers && goesOn ? 'final table' : undefined;
    }
    case 'streamStreamJoin':
      // One of the others that comes late is not kept for a match that comes later still: it goes on without.
      return covers && (node.type ?? 'inner') === 'inner' ? 'results in any order' : undefined;
    // What a record finds in a table depends on the order of the two; what is added to a group is compared anyway.
    case 'streamTableJoin':
    case 'tableGroupBy':
      return undefined;
    // Not asked here.
    case 'cogroup':
    case 'globalTableJoin':
    case 'unlimitedWindow':
    case 'process':
    case 'tableOps':
    case 'streamOps':
      return undefined;
  }
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
