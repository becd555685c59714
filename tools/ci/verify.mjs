#!/usr/bin/env node
// `npm run verify`: everything a change must pass, in the order in which it fails fastest.
// Prints the totals of all test suites as the last line, and leaves them in reports/verify.json.
import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const oldest = [22, 22];
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < oldest[0] || (major === oldest[0] && minor < oldest[1])) {
  console.error(
    `verify: this is Node ${process.versions.node} and ${oldest.join('.')} or newer is needed; \`./mesh test\` brings its own.`,
  );
  process.exit(78);
}

const steps = [
  ['format', ['prettier', '--check', '.', '--cache', '--log-level', 'warn']],
  ['types and build', ['tsc', '-b']],
  ['generated code is current', ['node', 'tools/codegen/dist/main.js', '--check']],
  ['the API report is current', ['node', 'tools/ci/api-report.mjs', '--check']],
  ['topologies keep their state', ['node', 'tools/mesh/dist/main.js', 'topology', 'diff']],
  ['lint', ['nx', 'run-many', '-t', 'lint', '--output-style=static']],
  ['servers', ['node', 'tools/ci/install-servers.mjs']],
  // Here, so that no two suites build the same one at the same time.
  ['the oracle', ['mvn', '-q', '-B', '-f', 'tools/oracle/pom.xml', 'package']],
  [
    'the Java side of the benchmark',
    ['mvn', '-q', '-B', '-f', 'tools/bench-streams/java/pom.xml', 'package'],
  ],
  ['tests', ['nx', 'run-many', '-t', 'test', '--output-style=static']],
];

process.env.NX_DAEMON ??= 'false';
process.env.PATH = `${dirname(process.execPath)}:${join(root, 'node_modules', '.bin')}:${process.env.PATH}`;
for (const report of reports()) rmSync(report);

const failed = [];
for (const [index, [name, [command, ...args]]] of steps.entries()) {
  console.log(`\n[${index + 1}/${steps.length}] ${name}`);
  const started = Date.now();
  const { status } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  console.log(
    `[${index + 1}/${steps.length}] ${name}: ${status === 0 ? 'ok' : 'FAILED'}, ${seconds(started)} s`,
  );
  if (status !== 0) failed.push(name);
  // Without a build, or the servers, nothing after it means anything.
  if (status !== 0 && ['types and build', 'servers'].includes(name)) break;
}

const totals = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
for (const report of reports()) {
  const result = JSON.parse(readFileSync(report, 'utf8'));
  failures.push(...result.testResults.filter(({ status }) => status === 'failed').flatMap(failuresOf));
  totals.passed += result.numPassedTests;
  // A suite that did not even load counts as one failure: none of its tests could be counted.
  totals.failed += result.numFailedTests + result.numRuntimeErrorTestSuites;
  totals.skipped += result.numPendingTests + result.numTodoTests;
}
// A failed check beside the tests is a failure too, also when every test passed.
const checks = failed.filter((name) => name !== 'tests');
totals.failed += checks.length;
failures.push(...checks);
if (failed.includes('tests') && totals.failed === 0) totals.failed = 1;
mkdirSync(join(root, 'reports'), { recursive: true });
writeFileSync(join(root, 'reports', 'verify.json'), JSON.stringify({ ...totals, failures }));
// Said again here, since the output of the run that says so first is long.
for (const failure of failures) console.log(`\nfailed: ${failure}`);
if (failed.length > 0) console.log(`\nverify failed: ${failed.join(', ')}`);
console.log(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exit(failed.length === 0 && totals.failed === 0 ? 0 : 1);

function reports() {
  return globSync('{libs,apps,tools}/*/reports/jest.json', { cwd: root }).map((path) => join(root, path));
}

/** What failed in a suite, each with its place and the beginning of what Jest said of it. */
function failuresOf({ name, message, assertionResults }) {
  const suite = relative(root, name);
  const tests = assertionResults.filter(({ status }) => status === 'failed');
  if (tests.length === 0) return [`${suite}: ${beginning(message)}`];
  return tests.map((test) => `${suite} › ${test.fullName}: ${beginning(test.failureMessages.join('\n'))}`);
}

function beginning(message) {
  return stripVTControlCharacters(message).split('\n').slice(0, 12).join('\n  ');
}

function seconds(since) {
  return Math.round((Date.now() - since) / 1000);
}
