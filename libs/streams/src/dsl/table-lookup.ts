import { StreamsError } from '../errors.js';
import type { Serde } from '../serde.js';
import type { Graph } from '../topology/graph.js';
import type { Node } from '../topology/nodes.js';
import { isVersioned } from '../topology/table-nodes.js';
import type { Joined } from './options.js';
import { storageOf } from './store-settings.js';

/** Draws a join of a stream with a table by their keys. */
export function joinTable(
  graph: Graph,
  {
    stream,
    table,
    leftJoin,
    joiner,
    joined,
  }: {
    readonly stream: Node;
    readonly table: { readonly node: Node; readonly key: Serde<unknown> };
    readonly leftJoin: boolean;
    readonly joiner: (value: unknown, tableValue: unknown) => unknown;
    readonly joined: Joined<unknown>;
  },
): Node {
  const versioned = isVersioned(table.node);
  const buffer =
    'graceMs' in joined
      ? {
          graceMs: joined.graceMs,
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
  if (buffer !== undefined && !versioned) {
    throw new StreamsError(
      'INVALID_TOPOLOGY',
      `join ${buffer.store.name}: only a versioned table knows what held when a record that waited was new: ` +
        'give the table historyRetentionMs, or the join no graceMs',
    );
  }
  return graph.add({
    kind: 'streamTableJoin',
    name: graph.nodeName(leftJoin ? 'KSTREAM-LEFTJOIN' : 'KSTREAM-JOIN', joined.name),
    parents: [stream],
    lookups: [table.node],
    table: table.node,
    tableKey: table.key,
    versioned,
    leftJoin,
    joiner,
    buffer,
    stores: buffer === undefined ? [] : [buffer.store],
  });
}
