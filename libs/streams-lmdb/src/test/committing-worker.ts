// A worker that has a task's state and commits to it all the time, until it is told to exit.
import { setImmediate } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { lmdbStores } from '../index.js';

const { directory } = workerData as { readonly directory: string };
parentPort?.on('message', () => process.exit(7));
const storage = await lmdbStores({ directory }).open('app', '0_0');
for (let offset = (storage.checkpoint?.streamTime ?? 0) + 1; ; offset++) {
  const entries = Array.from(
    { length: 50 },
    (_, index) => [Buffer.from(`k${index}`), Buffer.from(String(offset))] as const,
  );
  storage.commit([{ table: 't', clear: false, entries }], { streamTime: offset, committedAt: 1, stores: {} });
  parentPort?.postMessage(offset);
  await setImmediate();
}
