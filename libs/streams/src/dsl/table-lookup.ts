import { StreamsError } from '../errors.js';
import type { Serde } from '../serde.js';
import type { GlobalJoinNode, GlobalTableNode } from '../topology/global-nodes.js';
import type { Graph } from '../topology/graph.js';
import type { Node } from '../topology/nodes.js';
import { readsKeyValue } from '../topology/reads.js';
import { historyRetentionOf } from '../topology/table-nodes.js';
import type { Joined } from './options.js';
import { integer, sameBuilder } from './refusals.js';
import { storageOf } from './store-settings.js';

/** Draws a join of a stream with a table by their keys. */
export function joinTable({
  graph,
  stream,
  table,
  leftJoin,
  joiner,
  joined,
}: {
  readonly graph: Graph;
  readonly stream: Node;
  readonly table: { readonly graph: Graph; readonly node: Node; readonly key: Serde<unknown> };
  readonly leftJoin: boolean;
  readonly joiner: (value: unknown, tableValue: unknown) => unknown;
  readonly joined: Joined<unknown>;
}): Node {
  sameBuilder('join: the streams', graph, table.graph);
  const historyMs = historyRetentionOf(table.node);
  const buffer =
    joined.graceMs !== undefined
      ? {
          graceMs: integer(`join ${joined.name}: graceMs`, joined.graceMs, 0),
          store: graph.addStore({
            name: `${joined.name}-Buffer`,
            type: 'buffer',
            key: table.key,
            value: joined.value,
            retentionMs: undefined,
            ...storageOf(joined),
          }),
        }
      : undefined;
  if (buffer !== undefined && historyMs === undefined) {
    throw new StreamsError(
      'INVALID_TOPOLOGY',
      `join ${buffer.store.name}: only a versioned table knows what held when a record that waited was new: ` +
        'give the table historyRetentionMs, or the join no graceMs',
    );
  }
  if (buffer !== undefined && historyMs !== undefined && buffer.graceMs > historyMs) {
    throw new StreamsError(
      'INVALID_TOPOLOGY',
      `join ${buffer.store.name}: graceMs ${buffer.graceMs} is above the table's historyRetentionMs ${historyMs}: ` +
        'what held when a record that waited was new would be gone',
    );
  }
  return graph.add({
    kind: 'streamTableJoin',
    name: graph.nodeName(leftJoin ? 'KSTREAM-LEFTJOIN' : 'KSTREAM-JOIN', joined.name),
    parents: [stream],
    lookups: [table.node],
    table: table.node,
    tableKey: table.key,
    versioned: historyMs !== undefined,
    leftJoin,
    joiner,
    buffer,
    stores: buffer === undefined ? [] : [buffer.store],
  });
}

/** Draws a join of a stream with a global table by a key that each record names. */
export function joinGlobalTable({
  graph,
  stream,
  table,
  selector,
  joiner,
  leftJoin,
  name,
}: {
  readonly graph: Graph;
  readonly stream: Node;
  readonly table: { readonly graph: Graph; readonly node: GlobalTableNode };
  readonly selector: GlobalJoinNode['selector'];
  readonly joiner: GlobalJoinNode['joiner'];
  readonly leftJoin: boolean;
  readonly name: string | undefined;
}): Node {
  sameBuilder('join: the streams', graph, table.graph);
  return graph.add({
    kind: 'globalJoin',
    // As Kafka Streams names the inner join too.
    name: graph.nodeName('KSTREAM-LEFTJOIN', name),
    parents: [stream],
    table: table.node,
    reads: readsKeyValue(selector),
    selector,
    joiner,
    leftJoin,
  });
}
