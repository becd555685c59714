// How much is replayed after a kill -9 under exactly-once, here and by Kafka Streams:
// npm run proof:restore [-- --keys 5000000] [--only ours|java]
import { parseArgs } from 'node:util';
import { proveJavaRestore, proveRestore } from './prove.js';

const { values } = parseArgs({
  options: { keys: { type: 'string', default: '5000000' }, only: { type: 'string' } },
});
const keys = Number(values.keys);
if (!Number.isSafeInteger(keys) || keys < 1 || !['ours', 'java', undefined].includes(values.only)) {
  process.stderr.write('restore: --keys is a whole number from 1 up, --only is ours or java\n');
  process.exit(64);
}
if (values.only !== 'java') {
  const ours = await proveRestore(keys, (text) => process.stderr.write(`restore: ours: ${text}\n`));
  process.stdout.write(`${JSON.stringify({ side: 'ours', ...ours })}\n`);
  if (ours.replayed > ours.mostPerCommit || ours.counted !== ours.produced) {
    process.stderr.write(
      'restore: more was replayed than one commit interval wrote, or the counts are wrong\n',
    );
    process.exitCode = 1;
  }
}
if (values.only !== 'ours') {
  const java = await proveJavaRestore(keys, (text) => process.stderr.write(`restore: Java: ${text}\n`));
  process.stdout.write(`${JSON.stringify({ side: 'java', ...java })}\n`);
}
