import type { StoreSpec } from '../topology/nodes.js';
import type { Materialized, Stored } from './options.js';
import { positive } from './refusals.js';

/** What a store's specification takes of how a table is kept. */
export function storeSettings({
  store,
  caching = true,
  storage,
  ttlMs,
}: Materialized): Pick<StoreSpec, 'caching' | 'storage' | 'ttlMs'> {
  return {
    caching,
    ...storageOf({ storage }),
    ...(ttlMs === undefined ? {} : { ttlMs: positive(`store ${store}: ttlMs`, ttlMs) }),
  };
}

/** @param given may say `undefined` for what is absent */
export function storageOf(given: {
  readonly storage?: Stored['storage'] | undefined;
}): Pick<StoreSpec, 'storage'> {
  return given.storage === undefined ? {} : { storage: given.storage };
}
