import { StreamsError } from '../errors.js';
import type { StoreSpec } from '../topology/nodes.js';
import type { Materialized, Stored } from './options.js';

/** What a store's specification takes of how a table is kept. */
export function storeSettings({
  store,
  caching = true,
  storage,
  ttlMs,
}: Materialized): Pick<StoreSpec, 'caching' | 'storage' | 'ttlMs'> {
  if (ttlMs !== undefined && !(Number.isSafeInteger(ttlMs) && ttlMs > 0)) {
    throw new StreamsError(
      'INVALID_TOPOLOGY',
      `store ${store}: ttlMs is ${ttlMs}, not an integer of at least 1`,
    );
  }
  return { caching, ...storageOf({ storage }), ...(ttlMs === undefined ? {} : { ttlMs }) };
}

/** @param given may say `undefined` for what is absent */
export function storageOf(given: {
  readonly storage?: Stored['storage'] | undefined;
}): Pick<StoreSpec, 'storage'> {
  return given.storage === undefined ? {} : { storage: given.storage };
}
