// Runs the cases of a file in the oracle's format and prints a line for each output record, as the oracle does:
// npm run -s conformance -- FILE.json [--state-stores MODULE]
// It ends with 0; with 1 where a case failed, whose only line says why; with 65 where FILE is not one of cases, 66 where
// it cannot be read, 64 where it was called otherwise.
// MODULE, a path or URL, has a default export that answers with a provider of state on disk, empty at each call.
import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { StateStoreProvider } from '../../state/provider.js';
import { CaseFileError, parseCases } from './case-file.js';
import type { CaseFile } from './cases.js';
import { answerOf, runCase, runCaseOn } from './run.js';

const USAGE = 'give a file of cases: npm run -s conformance -- FILE.json [--state-stores MODULE]';
const { positionals, values } = commandLine();
const [file] = positionals;
if (file === undefined || positionals.length > 1) fail(64, USAGE);
// npm runs scripts at the top of the repository, wherever it was called.
const from = (path: string): string => resolve(process.env['INIT_CWD'] ?? '.', path);
const { cases } = await read(from(file));
const module = values['state-stores'];
const stores =
  module === undefined
    ? undefined
    : ((await import(pathToFileURL(from(module)).href)) as { readonly default: () => StateStoreProvider });
const failed: string[] = [];
for (const [index, given] of cases.entries()) {
  const lines = await answerOf(given, async () =>
    stores === undefined ? runCase(given) : runCaseOn(stores.default(), given),
  );
  for (const line of lines)
    if ('error' in line) failed.push(`  case ${index} ${JSON.stringify(given.name)}: ${line.error}\n`);
  process.stdout.write(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

if (failed.length > 0) {
  process.exitCode = 1;
  process.stderr.write(`conformance: ${failed.length} of ${cases.length} cases failed\n${failed.join('')}`);
}

function commandLine(): {
  readonly positionals: readonly string[];
  readonly values: { readonly 'state-stores'?: string | undefined };
} {
  try {
    return parseArgs({ allowPositionals: true, options: { 'state-stores': { type: 'string' } } });
  } catch (error) {
    return fail(64, `${(error as Error).message}\n${USAGE}`);
  }
}

async function read(path: string): Promise<CaseFile> {
  let data: Buffer;
  try {
    data = await readFile(path);
  } catch (error) {
    return fail(66, `${path} cannot be read: ${(error as Error).message}`);
  }
  if (!isUtf8(data)) return fail(65, `${path}: not text in UTF-8`);
  try {
    return parseCases(data.toString());
  } catch (error) {
    if (error instanceof CaseFileError) return fail(65, `${path}: ${error.message}`);
    throw error;
  }
}

function fail(code: number, message: string): never {
  process.stderr.write(`conformance: ${message}\n`);
  process.exit(code);
}
