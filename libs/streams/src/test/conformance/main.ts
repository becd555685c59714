// Runs the cases of a file in the oracle's format and prints a line for each output record, as the oracle does:
// npm run -s conformance -- FILE.json
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { CaseFile } from './cases.js';
import { runCase } from './run.js';

const [, , file] = process.argv;
if (file === undefined) {
  process.stderr.write('conformance: give a file of cases\n');
  process.exit(64);
}
// npm runs scripts at the top of the repository, wherever it was called.
const path = resolve(process.env['INIT_CWD'] ?? '.', file);
const { cases } = JSON.parse(await readFile(path, 'utf8')) as CaseFile;
for (const given of cases) {
  const lines = runCase(given);
  process.stdout.write(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}
