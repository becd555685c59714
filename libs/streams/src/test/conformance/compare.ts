import type { Case } from './cases.js';
import type { Answer } from './oracle.js';
import { runCase, type Line } from './run.js';

/** What is wrong with our answer to a case, or `undefined` where it is Java's. Counts of dropped records may differ. */
export function difference(given: Case, answer: Answer): string | undefined {
  // Where a buffer may end the application, both have to end.
  if (given.nodes.some((node) => 'suppressWhenFull' in node && node.suppressWhenFull === 'shutDown')) {
    const theirs = 'error' in answer ? answer.error : undefined;
    const ours = failureOf(given);
    if ((theirs === undefined) !== (ours === undefined))
      return `Kafka Streams: ${theirs}\nours:          ${ours}`;
    if (theirs !== undefined) return undefined;
  }
  if ('error' in answer) return `Kafka Streams failed: ${answer.error}`;
  const ours = byTopic(runCase(given));
  const theirs = byTopic(answer);
  for (const node of given.nodes) {
    const [one, other] = [ours.get(node.out) ?? [], theirs.get(node.out) ?? []];
    if (JSON.stringify(one) === JSON.stringify(other)) continue;
    return `${JSON.stringify(node)}\nKafka Streams: ${shown(other)}\nours:          ${shown(one)}`;
  }
  return undefined;
}

function failureOf(given: Case): string | undefined {
  try {
    runCase(given);
    return undefined;
  } catch (error) {
    return String(error);
  }
}

function byTopic(lines: readonly Line[]): ReadonlyMap<string, readonly unknown[][]> {
  const topics = new Map<string, unknown[][]>();
  for (const line of lines) {
    if (!('topic' in line)) continue;
    const records = topics.get(line.topic) ?? [];
    records.push([line.input, line.key, line.value, line.ts, line.headers ?? {}]);
    topics.set(line.topic, records);
  }
  return topics;
}

function shown(records: readonly unknown[][]): string {
  return records.map((record) => JSON.stringify(record)).join(' ');
}
