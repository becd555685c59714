#!/usr/bin/env node
// `npm run proof:soak -- [--minutes N] [--rate N] [--keys N]`: does memory grow under a steady load?
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { soak } from './soak.js';
import { hasGrown, trendOfLastHalf } from './trend.js';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    rate: { type: 'string', default: '2000' },
    keys: { type: 'string', default: '10000' },
  },
});
const [minutes = 0, rate = 0, keys = 0] = [values.minutes, values.rate, values.keys].map(Number);
if (!(minutes > 0) || !(rate > 0) || !(keys >= 1)) {
  console.error('proof:soak: --minutes and --rate are above 0, --keys is 1 or more');
  process.exit(64);
}
const { produced, processed, samples } = await soak({
  minutes,
  rate,
  keys,
  program: join(import.meta.dirname, 'soak-child.js'),
  nodeArgs: [],
  say: (line) => console.error(line),
});
const { mean, rise } = trendOfLastHalf(samples);
const grown = hasGrown(samples);
const ok = !grown && processed === produced;
console.log(
  `proof:soak: ${minutes} min at ${rate}/s, ${processed} of ${produced} records processed; over the last half ` +
    `${mean.toFixed(0)} MiB resident, rising by ${rise.toFixed(1)} MiB${grown ? ' (grown)' : ''}: ${ok ? 'ok' : 'FAILED'}`,
);
process.exit(ok ? 0 : 1);
