import type { StateStoreProvider } from '@mesh/streams';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lmdbStores } from '../index.js';

const folders: string[] = [];
process.once('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A folder that is gone with the process. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'streams-lmdb-'));
  folders.push(folder);
  return folder;
}

/** State on disk, empty at each call. */
export default function temporaryStores(): StateStoreProvider {
  return lmdbStores({ directory: temporaryFolder(), mapSizeBytes: 64 * 1024 * 1024 });
}
