import fc from 'fast-check';
import { extendedCase } from '../arbitrary.js';
import { topicsOf, type Case, type CaseNode } from '../cases.js';
import { widened } from './rules.js';

/** The machine's clock goes on for as long as an application runs, and each punctuation says all counts. */
const WALL_CLOCK_MS = 500;

/**
 * Without caches Kafka Streams may lose, in these, what is exactly as old as what is kept. Graces are odd: with even times
 * there is no such record. They are doubled, so that those at unlike times stay so.
 */
const LOSES_THE_OLDEST: readonly CaseNode['op'][] = ['slidingWindow', 'sessionWindow'];

/**
 * Random cases that a seed repeats, without what they cannot have here: see `caseLeftOut`. Every other one has a grace,
 * and a history of its tables, that covers all of its input.
 */
export function randomCases(cases: number, seed: number): readonly Case[] {
  return fc.sample(extendedCase, { seed, numRuns: cases }).map((given, index) => {
    const written = given.nodes.map(({ out }) => out);
    const scale = given.nodes.some(({ op }) => LOSES_THE_OLDEST.includes(op)) ? 2 : 1;
    const inputs = given.inputs.flatMap((input) =>
      'topic' in input && !written.includes(input.topic) ? [{ ...input, ts: input.ts * scale }] : [],
    );
    const nodes = given.nodes.map((node) => slowed(node, topicsOf(given.nodes).includes(node.out)));
    const fit = { name: `random-${seed}-${index}`, nodes, inputs };
    return index % 2 === 0 ? fit : widened(fit);
  });
}

function slowed(node: CaseNode, read: boolean): CaseNode {
  if (node.op !== 'process' || node.wallEveryMs === undefined) return node;
  const { wallEveryMs, ...rest } = node;
  return read ? rest : { ...rest, wallEveryMs: Math.max(WALL_CLOCK_MS, wallEveryMs) };
}
