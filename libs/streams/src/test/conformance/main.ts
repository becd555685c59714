// Runs the cases of a file in the oracle's format and prints a line for each output record, as the oracle does:
// npm run -s conformance -- FILE.json [--state-stores MODULE]
// MODULE, a path or URL, has a default export that answers with a provider of state on disk, empty at each call.
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { StateStoreProvider } from '../../state/provider.js';
import type { CaseFile } from './cases.js';
import { answerOf, runCase, runCaseOn } from './run.js';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { 'state-stores': { type: 'string' } },
});
const [file] = positionals;
if (file === undefined) {
  process.stderr.write('conformance: give a file of cases\n');
  process.exit(64);
}
// npm runs scripts at the top of the repository, wherever it was called.
const from = (path: string): string => resolve(process.env['INIT_CWD'] ?? '.', path);
const { cases } = JSON.parse(await readFile(from(file), 'utf8')) as CaseFile;
const module = values['state-stores'];
const stores =
  module === undefined
    ? undefined
    : ((await import(pathToFileURL(from(module)).href)) as { readonly default: () => StateStoreProvider });
for (const given of cases) {
  const lines = await answerOf(given, async () =>
    stores === undefined ? runCase(given) : runCaseOn(stores.default(), given),
  );
  process.stdout.write(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}
