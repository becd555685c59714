#!/usr/bin/env node
// `npm run proof:outbox -- [--source postgres|dynamodb] [--kills N] [--writes N] [--report FILE]`
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { prove } from './proof.js';
import { subjects } from './subjects.js';

const { values } = parseArgs({
  options: {
    source: { type: 'string', default: 'postgres' },
    kills: { type: 'string', default: '100' },
    writes: { type: 'string', default: '10000' },
    report: { type: 'string' },
  },
});
const subject = subjects[values.source];
const kills = Number(values.kills);
const writes = Number(values.writes);
if (subject === undefined || !(kills > 0) || !(writes >= kills)) {
  console.error(
    `proof:outbox: --source is one of ${Object.keys(subjects).join(', ')}; --kills is from 1 up; --writes is no less than --kills`,
  );
  process.exit(64);
}

const started = Date.now();
const { stderr } = process;
const proof = await prove({
  subject,
  kills,
  writes,
  say: (line) => void stderr.write(stderr.isTTY ? `\r\u001b[K${line}` : `${line}\n`),
});
if (stderr.isTTY) stderr.write('\n');

const total = Object.values(proof.kills).reduce((sum, count) => sum + count, 0);
const details = {
  ...proof,
  source: values.source,
  writes,
  seconds: Math.round((Date.now() - started) / 1_000),
};
console.log(JSON.stringify(details, undefined, 2));
const faults = {
  lost: proof.lost.length,
  duplicated: proof.duplicated.length,
  unexpected: proof.unexpected.length,
  disordered: proof.disordered.length,
  crashes: proof.crashes.length,
};
const promises = [
  ...Object.values(faults).map((count) => count === 0),
  total >= kills,
  proof.confirmed === writes,
  proof.midWork >= kills - 1,
];
const failed = promises.filter((held) => !held).length;
const ok = failed === 0;
if (values.report !== undefined) {
  // Relative to where npm was called, which is not where it runs the script.
  const file = resolve(process.env['INIT_CWD'] ?? '.', values.report);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ passed: promises.length - failed, failed, skipped: 0 }));
}
console.log(
  `proof:outbox ${values.source}: ${total} kills (${proof.midWork} mid-work), ${proof.confirmed} writes, ` +
    `${proof.records} records, ${proof.repeated} repeated, ${faults.lost} lost, ${faults.duplicated} duplicated, ` +
    `${faults.unexpected} unexpected, ${faults.disordered} out of order: ${ok ? 'ok' : 'FAILED'}`,
);
process.exit(ok ? 0 : 1);
