import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { CaseFile } from './cases.js';
import { answerOf, runCase, type Line } from './run.js';

function fixture(name: string): string {
  return readFileSync(join(import.meta.dirname, 'fixtures', name), 'utf8');
}

function records(lines: readonly Line[]): readonly Line[] {
  return lines.filter((line) => 'topic' in line);
}

interface Quirk {
  readonly case: string;
  /** The sentence that the answer follows from, and how. */
  readonly rule: string;
  readonly why: string;
  readonly output: readonly Omit<Line, 'case'>[];
}

describe.each([
  ['the oracle', 'cases.json', 'expected.jsonl'],
  ['our copy of it', 'extended.json', 'extended.expected.jsonl'],
  ['what random cases do not draw, or once found', 'edges.json', 'edges.expected.jsonl'],
])('the cases that Kafka Streams answers, of %s', (_of, file, answers) => {
  const { cases } = JSON.parse(fixture(file)) as CaseFile;
  const expected = fixture(answers)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

  it.each(cases.map((given) => [given.nodes.map(({ op }) => op).join(' and '), given.name, given] as const))(
    '%s: %s',
    async (_nodes, name, given) => {
      const lines = await answerOf(given, () => Promise.resolve(runCase(given)));
      const theirs = expected.filter((line) => line.case === name);
      expect(records(lines)).toEqual(records(theirs));
      expect(lines.some((line) => 'error' in line)).toBe(theirs.some((line) => 'error' in line));
    },
  );
});

describe('the cases where Kafka Streams breaks its own rule', () => {
  const { cases } = JSON.parse(fixture('quirks.json')) as CaseFile;
  const quirks = JSON.parse(fixture('quirks.expected.json')) as readonly Quirk[];

  it.each(cases.map((given) => [given.name, given] as const))('%s', (name, given) => {
    const quirk = quirks.find((candidate) => candidate.case === name);
    expect(records(runCase(given))).toEqual(quirk?.output.map((line) => ({ case: name, ...line })));
  });
});
