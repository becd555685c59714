#!/usr/bin/env node
// Runs Jest for the package in the current folder, with the shared configuration, and leaves the
// result in reports/jest.json, from which the totals of a whole run are added up.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
const report = join(process.cwd(), 'reports', 'jest.json');
rmSync(report, { force: true });
if (!existsSync('package.json')) {
  console.error(`mesh-jest: ${process.cwd()} is no package: run it in the folder of one`);
  process.exit(64);
}
mkdirSync(dirname(report), { recursive: true });
const args = [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  '--conditions=@mesh/source',
  jest,
  '--config',
  join(here, 'jest.config.mjs'),
  '--rootDir',
  process.cwd(),
  '--json',
  '--outputFile',
  report,
  '--testLocationInResults',
  '--passWithNoTests',
  ...process.argv.slice(2),
];
const run = spawnSync(process.execPath, args, {
  // The report goes to the file; Jest prints its readable output on stderr.
  stdio: ['ignore', 'ignore', 'inherit'],
  env: { ...process.env, MESH_TEST_PROJECT: basename(process.cwd()) },
});
process.exit(run.status ?? 1);
