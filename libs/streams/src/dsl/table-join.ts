import type { Graph } from '../topology/graph.js';
import type { Node, StoreSpec } from '../topology/nodes.js';
import type { TableJoin } from '../topology/table-nodes.js';

/** Draws a join of two tables by their keys. */
export function joinTables(
  graph: Graph,
  {
    name,
    join,
    store,
  }: {
    readonly name: string | undefined;
    readonly join: TableJoin;
    readonly store: StoreSpec | undefined;
  },
): Node {
  const suffixed = (suffix: string): string | undefined => (name === undefined ? undefined : name + suffix);
  const mergeName = graph.nodeName('KTABLE-MERGE', name);
  const left = graph.add({
    kind: 'tableJoin',
    name: graph.nodeName('KTABLE-JOINTHIS', suffixed('-join-this')),
    parents: [join.left],
    lookups: [join.right],
    side: 'left',
    join,
  });
  const right = graph.add({
    kind: 'tableJoin',
    name: graph.nodeName('KTABLE-JOINOTHER', suffixed('-join-other')),
    parents: [join.right],
    lookups: [join.left],
    side: 'right',
    join,
  });
  return graph.add({ kind: 'tableMerge', name: mergeName, parents: [left, right], join, store });
}
