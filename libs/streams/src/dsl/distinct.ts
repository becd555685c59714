import { firstSeenSerde } from '../serdes/first-seen.js';
import type { Graph } from '../topology/graph.js';
import type { DistinctNode, Node } from '../topology/nodes.js';
import { readsKeyValue } from '../topology/reads.js';
import type { DistinctOptions } from './options.js';
import { positive } from './refusals.js';
import { storageOf } from './store-settings.js';

/** Into how many portions the remembered time is cut: so many are looked through for an id. */
const SEGMENTS = 8;

/** Draws {@link KStream.distinct}. */
export function distinct<K, V, I>(
  graph: Graph,
  parent: Node,
  { name, store, by, id, windowMs, storage }: DistinctOptions<K, V, I>,
): DistinctNode {
  const segmentMs = Math.ceil(positive('distinct: windowMs', windowMs) / SEGMENTS);
  return graph.add({
    kind: 'distinct',
    name: graph.nodeName('KSTREAM-DISTINCT', name),
    parents: [parent],
    reads: readsKeyValue(by),
    by: by as DistinctNode['by'],
    store: graph.addStore({
      name: store,
      type: 'window',
      key: id,
      value: firstSeenSerde,
      // A segment is kept until the last id that it may hold is to be forgotten.
      retentionMs: windowMs + segmentMs,
      ...storageOf({ storage }),
    }),
    windowMs,
    segmentMs,
  });
}
