// How much is replayed after a kill -9 under exactly-once: npm run proof:restore [-- --keys 5000000]
import { parseArgs } from 'node:util';
import { proveRestore } from './prove.js';

const { values } = parseArgs({ options: { keys: { type: 'string', default: '5000000' } } });
const proof = await proveRestore(Number(values.keys), (text) => process.stderr.write(`restore: ${text}\n`));
process.stdout.write(`${JSON.stringify(proof)}\n`);
if (proof.replayed > proof.mostPerCommit || proof.counted !== proof.produced) {
  process.stderr.write(
    'restore: more was replayed than one commit interval wrote, or the counts are wrong\n',
  );
  process.exitCode = 1;
}
