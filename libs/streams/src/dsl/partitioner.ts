import type { Partitioner } from '../topology/nodes.js';
import { readsTopicKeyValue } from '../topology/reads.js';
import type { StreamPartitioner } from './options.js';

/** What a node has of the user's partitioner, where there is one. */
export function partitionerOf<K, V>(
  choose: StreamPartitioner<K, V> | undefined,
): { readonly partitioner?: Partitioner } {
  if (choose === undefined) return {};
  return { partitioner: { reads: readsTopicKeyValue(choose), choose: choose as Partitioner['choose'] } };
}
