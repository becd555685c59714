import type { StateStoreProvider } from '@mesh/streams';
import { lmdbStores } from '../../index.js';

/** State in the directory that the process was told of. */
export default function stateStores(): StateStoreProvider {
  const directory = process.env['STATE_DIRECTORY'];
  if (directory === undefined) throw new Error('give the directory of the state in STATE_DIRECTORY');
  return lmdbStores({ directory, mapSizeBytes: 64 * 1024 * 1024 });
}
