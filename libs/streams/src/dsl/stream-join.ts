import type { Serde } from '../serde.js';
import type { Graph } from '../topology/graph.js';
import type { Node, StoreSpec } from '../topology/nodes.js';
import type { JoinWindows } from '../topology/windows.js';
import { storageOf } from './store-settings.js';

export interface StreamJoin {
  readonly left: Node;
  readonly right: Node;
  readonly key: Serde<unknown>;
  readonly leftValue: Serde<unknown>;
  readonly rightValue: Serde<unknown>;
  readonly leftOuter: boolean;
  readonly rightOuter: boolean;
  readonly windows: JoinWindows;
  readonly joiner: (left: unknown, right: unknown) => unknown;
  readonly storage: StoreSpec['storage'] | undefined;
}

/** Draws a join of two streams; stores and operators are named as Kafka Streams names them after `StreamJoined`. */
export function joinStreams(graph: Graph, name: string, join: StreamJoin): Node {
  const { windows, key } = join;
  const thisSuffix = join.rightOuter ? '-outer-this-join' : '-this-join';
  const otherSuffix = join.leftOuter ? '-outer-other-join' : '-other-join';
  const retentionMs = windows.beforeMs + windows.afterMs + windows.graceMs;
  const storage = storageOf(join);
  const records = (suffix: string, value: Serde<unknown>): StoreSpec =>
    graph.addStore({ name: `${name}${suffix}-store`, type: 'join', key, value, retentionMs, ...storage });
  const left = records(thisSuffix, join.leftValue);
  const right = records(otherSuffix, join.rightValue);
  const unmatched = join.leftOuter
    ? graph.addStore({
        name: `${name}${join.rightOuter ? '-outer' : '-left'}-shared-join-store`,
        type: 'unmatched',
        key,
        value: join.leftValue,
        otherValue: join.rightValue,
        retentionMs: undefined,
        ...storage,
      })
    : undefined;
  const stores = unmatched === undefined ? [left, right] : [left, right, unmatched];
  const common = { kind: 'streamJoin', unmatched, stores, windows, joiner: join.joiner } as const;
  const one = graph.add({
    ...common,
    name: name + thisSuffix,
    parents: [join.left],
    side: 'left',
    outer: join.leftOuter,
    mine: left,
    other: right,
  });
  const other = graph.add({
    ...common,
    name: name + otherSuffix,
    parents: [join.right],
    side: 'right',
    outer: join.rightOuter,
    mine: right,
    other: left,
  });
  return graph.add({ kind: 'pass', role: 'merge', name: `${name}-merge`, parents: [one, other] });
}
