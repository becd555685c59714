import type { TestCluster } from '../../cluster.js';
import type { Case, CaseNode } from '../cases.js';
import { askOracle, type Answer } from '../oracle.js';
import { caseTopology } from '../topology.js';
import { runPartitioned } from './applications.js';
import { differs, type Compared } from './compare.js';
import { caseLeftOut, verdictOf, wholeRuleOf } from './rules.js';
import { asTaken, PARTITIONS, spread, toInput, type Placed } from './spread.js';

/** Cases that one application runs side by side. */
const BATCH = 30;

export interface PartitionedResult {
  /** Cases that were run. */
  cases: number;
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
  caching: boolean,
): Promise<PartitionedResult> {
  const result: PartitionedResult = {
    ...{ cases: 0, records: 0, nodes: {}, rules: {}, processed: [], leftOut: {}, differences: [] },
  };
  const fit = cases.filter((given) => {
    const reason = caseLeftOut(given);
    if (reason !== undefined) count(result.leftOut, reason);
    return reason === undefined;
  });
  for (let from = 0; from < fit.length; from += BATCH) {
    await proveBatch(cluster, fit.slice(from, from + BATCH), caching, result);
  }
  return result;
}

async function proveBatch(
  cluster: TestCluster,
  cases: readonly Case[],
  caching: boolean,
  result: PartitionedResult,
): Promise<void> {
  const id = `partitioned-${caching ? 'cached' : 'uncached'}-${result.cases}`;
  const { written, processed } = await runPartitioned(cluster, id, cases, caching);
  for (const [thread, records] of processed.entries()) {
    result.processed[thread] = (result.processed[thread] ?? 0) + records;
  }
  const asked = cases.map((given, index) => questions(given, written[index] ?? new Map(), caching));
  const answers = await askOracle(asked.flat());
  for (const [index, given] of cases.entries()) {
    result.cases += 1;
    const all = answers.slice(index * (PARTITIONS + 1), (index + 1) * (PARTITIONS + 1));
    const failed = all.find((answer) => 'error' in answer);
    if (failed !== undefined) count(result.leftOut, 'cases that Kafka Streams itself fails at');
    else compareCase(given, written[index] ?? new Map(), all, caching, result);
  }
}

type Written = ReadonlyMap<string, readonly Placed[]>;

/**
 * What Kafka Streams is asked of a case: its answer to each partition's records, and to all of them in one. What the
 * case itself writes and reads is given to it as it was read here, and what it writes itself it does not read.
 */
function questions(given: Case, written: Written, caching: boolean): readonly Case[] {
  const config: Record<string, string> = caching ? {} : { 'statestore.cache.max.bytes': '0' };
  const topics = caseTopology(given).subTopologies.flatMap((sub) =>
    sub.sourceTopics.flatMap((ref) => (ref.internal ? [] : [ref.name])),
  );
  const nodes = given.nodes.map((node): CaseNode => ({ ...node, out: answered(node) }));
  const inputs = spread(given);
  const between = topics.flatMap((topic) => written.get(topic) ?? []);
  const all = [...inputs, ...between];
  const parts = Array.from({ length: PARTITIONS }, (_, partition) => {
    const own = all.filter((record) => record.partition === partition);
    return { nodes, config, inputs: asTaken(own, topics).map(toInput) };
  });
  return [...parts, { nodes, config, inputs: all.map(toInput) }];
}

/** The topic that the oracle writes to for a node. */
function answered({ out }: CaseNode): string {
  return `${out}.answered`;
}

function compareCase(
  given: Case,
  written: Written,
  answers: readonly Answer[],
  caching: boolean,
  result: PartitionedResult,
): void {
  for (const node of given.nodes) {
    const ours = written.get(node.out) ?? [];
    const theirs = answers.map((answer, partition) => records(answer, node, partition));
    const compared: Compared = {
      ...{ given, node, ours },
      parts: theirs.slice(0, PARTITIONS),
      whole: theirs[PARTITIONS] ?? [],
    };
    const verdict = verdictOf(node, given, caching);
    if ('leftOut' in verdict) count(result.leftOut, verdict.leftOut);
    const wholeRule = wholeRuleOf(node, given);
    const rules = new Set([
      ...('rule' in verdict ? [verdict.rule] : []),
      ...(wholeRule === undefined ? [] : [wholeRule]),
    ]);
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

function records(answer: Answer, node: CaseNode, partition: number): readonly Placed[] {
  if ('error' in answer) return [];
  return answer.flatMap((line): readonly Placed[] => {
    if (!('topic' in line) || line.topic !== answered(node)) return [];
    const { topic, key, value, ts, headers = {} } = line;
    return [{ topic, partition, offset: -1, key, value, ts, headers }];
  });
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}
