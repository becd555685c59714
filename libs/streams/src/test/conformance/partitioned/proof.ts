import { StreamsError } from '../../../index.js';
import type { TestCluster } from '../../cluster.js';
import type { Case, CaseInput, CaseNode } from '../cases.js';
import { askOracle, type Answer } from '../oracle.js';
import { runPartitioned, type CaseToRun, type RunOptions } from './applications.js';
import { differs, type Compared } from './compare.js';
import { piecesOf } from './pieces.js';
import {
  askedOf,
  caseLeftOut,
  mayShutDown,
  verdictOf,
  wholeRuleOf,
  WHOLE_RULES,
  type Rule,
} from './rules.js';
import { asTaken, PARTITIONS, spread, toInput, type Placed } from './spread.js';

/** Cases that one application runs side by side. */
const BATCH = 40;

export interface PartitionedResult {
  /** Cases that were run to their end. */
  cases: number;
  /** Cases that a full buffer ended, as it does Kafka Streams. */
  ended: number;
  /** Outputs of nodes compared, by operator, and by how. */
  readonly nodes: Record<string, number>;
  readonly rules: Record<string, number>;
  /** Records of ours that were compared. */
  records: number;
  /** By the threads of both instances, over all batches. */
  readonly processed: number[];
  /** How many cases, and nodes of others, by why they were left out. */
  readonly leftOut: Record<string, number>;
  readonly differences: string[];
}

/**
 * Runs cases on a real broker, over four partitions, with two instances of two threads, and holds what they write
 * against Kafka Streams, given the records of one partition at a time; see rules.ts.
 */
export async function provePartitioned(
  cluster: TestCluster,
  cases: readonly Case[],
  options: RunOptions,
): Promise<PartitionedResult> {
  const result: PartitionedResult = {
    ...{ cases: 0, ended: 0, records: 0, nodes: {}, rules: {}, processed: [], leftOut: {}, differences: [] },
  };
  const fit: CaseToRun[] = [];
  for (const [index, given] of cases.entries()) {
    const reason = caseLeftOut(given, options.caching);
    // Not the application's own prefix: that is its internal topics'.
    const prefix = `${index}.${kindOf(options)}.`;
    if (reason === undefined) fit.push({ given, prefix, pieces: piecesOf(given) });
    else count(result.leftOut, reason);
  }
  const ended = await endedBy(fit);
  const lasting = fit.filter((each) => !ended.includes(each));
  for (let from = 0; from < lasting.length; from += BATCH) {
    await proveBatch(cluster, lasting.slice(from, from + BATCH), options, result);
  }
  for (const each of ended) await proveEnd(cluster, each, options, result);
  return result;
}

/** The cases that a full buffer ends, of any partition of the input. */
async function endedBy(cases: readonly CaseToRun[]): Promise<readonly CaseToRun[]> {
  const risky = cases.filter(({ given }) => given.nodes.some(mayShutDown));
  if (risky.length === 0) return [];
  const asked = risky.map((each) => questions(each, new Map(), false).slice(0, PARTITIONS));
  const answers = await askOracle(asked.flat());
  return risky.filter((_each, index) =>
    answers.slice(index * PARTITIONS, (index + 1) * PARTITIONS).some((answer) => 'error' in answer),
  );
}

/** Runs a case that a full buffer is to end by itself: it would end those beside it, too. */
async function proveEnd(
  cluster: TestCluster,
  each: CaseToRun,
  options: RunOptions,
  result: PartitionedResult,
): Promise<void> {
  const id = `partitioned-${kindOf(options)}-ended-${result.ended}`;
  result.ended += 1;
  try {
    await runPartitioned(cluster, id, [each], options);
  } catch (error) {
    if (isOfFullBuffer(error)) return;
    throw error;
  }
  const { nodes } = each.given;
  result.differences.push(
    `a full buffer ends Kafka Streams, and not ours: ${JSON.stringify(nodes)}\ncase: ${JSON.stringify(each.given)}`,
  );
}

function isOfFullBuffer(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (error instanceof StreamsError && error.code === 'BUFFER_FULL') || isOfFullBuffer(error.cause);
}

async function proveBatch(
  cluster: TestCluster,
  cases: readonly CaseToRun[],
  options: RunOptions,
  result: PartitionedResult,
): Promise<void> {
  const { caching } = options;
  const id = `partitioned-${kindOf(options)}-${result.cases}`;
  const { written, processed } = await runPartitioned(cluster, id, cases, options);
  for (const [thread, records] of processed.entries()) {
    result.processed[thread] = (result.processed[thread] ?? 0) + records;
  }
  const asked = cases.map((each, index) => questions(each, written[index] ?? new Map(), caching));
  const answers = await askOracle(asked.flat());
  for (const [index, each] of cases.entries()) {
    result.cases += 1;
    const all = answers.slice(index * (PARTITIONS + 1), (index + 1) * (PARTITIONS + 1));
    if (all.slice(0, PARTITIONS).some((answer) => 'error' in answer)) {
      count(result.leftOut, 'cases that Kafka Streams itself fails at');
    } else {
      compareCase(each, { written: written[index] ?? new Map(), answers: all }, caching, result);
    }
  }
}

function kindOf({ caching, workers }: RunOptions): string {
  return `${caching ? 'cached' : 'uncached'}${workers ? '-workers' : ''}`;
}

type Written = ReadonlyMap<string, readonly Placed[]>;

/**
 * What Kafka Streams is asked of a case: its answer to each partition's records, and to all of them in one. What the
 * case itself writes and reads is given to it as it was read here, and what it writes itself it does not read.
 * Topics are called as on the broker: what waits counts with the length of its topic's name.
 */
function questions(
  { given, prefix, pieces: { nodes, tasks, globals } }: CaseToRun,
  written: Written,
  caching: boolean,
): readonly Case[] {
  const config: Record<string, string> = caching ? {} : { 'statestore.cache.max.bytes': '0' };
  const topics = tasks.flat();
  const asked = nodes.map((node) => prefixed(askedOf(node, caching), prefix));
  const toInputs = (records: readonly Placed[]): readonly CaseInput[] =>
    records.map((record) => toInput({ ...record, topic: prefix + record.topic }));
  const between = topics.flatMap((topic) => written.get(topic) ?? []);
  const inputs = spread(given);
  // There before anything else, in each partition whole.
  const first = inputs.filter(({ topic }) => globals.has(topic));
  const all = [...inputs.filter(({ topic }) => !globals.has(topic)), ...between];
  const parts = Array.from({ length: PARTITIONS }, (_, partition) => {
    const own = all.filter((record) => record.partition === partition);
    return { nodes: asked, config, inputs: toInputs([...first, ...asTaken(own, topics)]) };
  });
  return [...parts, { nodes: asked, config, inputs: toInputs([...first, ...all]) }];
}

function prefixed(node: CaseNode, prefix: string): CaseNode {
  const read = Object.fromEntries(
    Object.entries(node).map(([name, value]) =>
      name === 'in' || name === 'left' || name === 'right' ? [name, prefix + String(value)] : [name, value],
    ),
  );
  return { ...(read as unknown as CaseNode), out: answered(node, prefix) };
}

/** The topic that the oracle writes to for a node. */
function answered({ out }: CaseNode, prefix: string): string {
  return `${prefix}${out}.answered`;
}

function compareCase(
  { given, prefix, pieces }: CaseToRun,
  { written, answers }: { readonly written: Written; readonly answers: readonly Answer[] },
  caching: boolean,
  result: PartitionedResult,
): void {
  const failsWhole = answers.slice(PARTITIONS).some((answer) => 'error' in answer);
  if (failsWhole) count(result.leftOut, 'whole inputs of cases that Kafka Streams itself fails at');
  for (const node of pieces.nodes) {
    const ours = written.get(node.out) ?? [];
    const keyed = pieces.internal.has(node.out);
    const theirs = answers.map((answer, partition) =>
      records(answer, answered(node, prefix), partition, keyed),
    );
    const compared: Compared = {
      ...{ given, node, ours },
      parts: theirs.slice(0, PARTITIONS),
      whole: theirs[PARTITIONS] ?? [],
    };
    const verdict = verdictOf(node, given, pieces, caching);
    if ('leftOut' in verdict) count(result.leftOut, verdict.leftOut);
    const wholeRule = wholeRuleOf(node, given, caching);
    const rules = new Set<Rule>([
      ...('rule' in verdict ? [verdict.rule] : []),
      ...(wholeRule === undefined ? [] : [wholeRule]),
    ]);
    if (failsWhole) for (const rule of WHOLE_RULES) rules.delete(rule);
    if (rules.size === 0) continue;
    count(result.nodes, node.op);
    result.records += ours.length;
    for (const rule of rules) {
      count(result.rules, rule);
      const difference = differs(rule, compared);
      if (difference !== undefined)
        result.differences.push(`${rule}${caching ? ', cached' : ''}: ${difference}`);
    }
  }
}

/** @param keyed whether only what has a key is written: repartition topics hold nothing else */
function records(answer: Answer, of: string, partition: number, keyed: boolean): readonly Placed[] {
  if ('error' in answer) return [];
  return answer.flatMap((line): readonly Placed[] => {
    if (!('topic' in line) || line.topic !== of || (keyed && line.key === null)) return [];
    const { topic, key, value, ts, headers = {} } = line;
    return [{ topic, partition, offset: -1, key, value, ts, headers }];
  });
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}
