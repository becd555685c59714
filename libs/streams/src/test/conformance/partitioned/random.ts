import fc from 'fast-check';
import { anyCase } from '../arbitrary.js';
import type { Case } from '../cases.js';
import { widened } from './rules.js';

/**
 * Random cases that a seed repeats, without what they cannot have here: see `caseLeftOut`. Every other one has a grace,
 * and a history of its tables, that covers all of its input.
 */
export function randomCases(cases: number, seed: number): readonly Case[] {
  return fc.sample(anyCase, { seed, numRuns: cases }).map((given, index) => {
    const written = given.nodes.map(({ out }) => out);
    const inputs = given.inputs.filter((input) => 'topic' in input && !written.includes(input.topic));
    const fit = { name: `random-${seed}-${index}`, nodes: given.nodes, inputs };
    return index % 2 === 0 ? fit : widened(fit);
  });
}
