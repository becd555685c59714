import { StreamsError } from '../errors.js';
import type { Serde } from '../serde.js';
import type { Graph } from '../topology/graph.js';
import type { StoreSpec } from '../topology/nodes.js';
import type { WindowKept } from './options.js';
import { storageOf } from './store-settings.js';

/** What sessions and sliding windows are kept beyond their retention, at least: late records may still reach them. */
const SLACK_MS = 60_000;

/** @param neededMs how long the windows themselves need to be kept */
export function windowStore(
  graph: Graph,
  type: 'window' | 'sliding' | 'session',
  neededMs: number,
  key: Serde<unknown>,
  { store, value, retentionMs = neededMs, emit, caching, storage }: WindowKept<unknown>,
): StoreSpec {
  if (!(retentionMs >= neededMs)) {
    throw new StreamsError(
      'INVALID_TOPOLOGY',
      `store ${store}: retentionMs ${retentionMs} is below what its windows and their grace need, ${neededMs}`,
    );
  }
  const slack = type === 'window' ? 0 : Math.max(retentionMs, SLACK_MS);
  return graph.addStore({
    name: store,
    type,
    key,
    value,
    retentionMs: retentionMs + slack,
    // What goes on once, at its end, has nothing to wait for.
    caching: emit !== 'onWindowClose' && (caching ?? true),
    ...storageOf({ storage }),
  });
}
