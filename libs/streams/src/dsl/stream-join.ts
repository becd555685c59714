import type { Serde } from '../serde.js';
import type { Graph } from '../topology/graph.js';
import type { Node, StoreSpec } from '../topology/nodes.js';
import type { StreamJoined } from './options.js';
import { sameBuilder, serdeMissing } from './refusals.js';
import { storageOf } from './store-settings.js';

/** A stream, as it was drawn so far. */
export interface StreamParts {
  readonly graph: Graph;
  readonly node: Node;
  readonly key: Serde<unknown> | undefined;
  readonly value: Serde<unknown> | undefined;
}

export interface StreamJoin {
  readonly leftOuter: boolean;
  readonly rightOuter: boolean;
  readonly joiner: (left: unknown, right: unknown) => unknown;
  readonly joined: StreamJoined<unknown, unknown, unknown>;
}

/**
 * Draws a join of two streams; stores and operators are named as Kafka Streams names them after `StreamJoined`.
 *
 * @throws StreamsError `SERDE_MISSING` where a stream has none and it is not given either
 */
export function joinStreams(
  left: StreamParts,
  right: StreamParts,
  { leftOuter, rightOuter, joiner, joined }: StreamJoin,
): { readonly node: Node; readonly key: Serde<unknown> } {
  const { graph } = left;
  sameBuilder('join: the streams', graph, right.graph);
  const { name, windows } = joined;
  const key = joined.key ?? left.key;
  const leftValue = joined.value ?? left.value;
  const rightValue = joined.otherValue ?? right.value;
  if (key === undefined) throw serdeMissing(`join ${name}`, 'key');
  if (leftValue === undefined || rightValue === undefined) throw serdeMissing(`join ${name}`, 'value');
  const thisSuffix = rightOuter ? '-outer-this-join' : '-this-join';
  const otherSuffix = leftOuter ? '-outer-other-join' : '-other-join';
  const retentionMs = windows.beforeMs + windows.afterMs + windows.graceMs;
  const storage = storageOf(joined);
  const records = (suffix: string, value: Serde<unknown>): StoreSpec =>
    graph.addStore({ name: `${name}${suffix}-store`, type: 'join', key, value, retentionMs, ...storage });
  const leftRecords = records(thisSuffix, leftValue);
  const rightRecords = records(otherSuffix, rightValue);
  const unmatched = leftOuter
    ? graph.addStore({
        name: `${name}${rightOuter ? '-outer' : '-left'}-shared-join-store`,
        type: 'unmatched',
        key,
        value: leftValue,
        otherValue: rightValue,
        retentionMs: undefined,
        ...storage,
      })
    : undefined;
  const stores =
    unmatched === undefined ? [leftRecords, rightRecords] : [leftRecords, rightRecords, unmatched];
  const common = { kind: 'streamJoin', unmatched, stores, windows, joiner } as const;
  const one = graph.add({
    ...common,
    name: name + thisSuffix,
    parents: [left.node],
    side: 'left',
    outer: leftOuter,
    mine: leftRecords,
    other: rightRecords,
  });
  const other = graph.add({
    ...common,
    name: name + otherSuffix,
    parents: [right.node],
    side: 'right',
    outer: rightOuter,
    mine: rightRecords,
    other: leftRecords,
  });
  const node = graph.add({ kind: 'pass', role: 'merge', name: `${name}-merge`, parents: [one, other] });
  return { node, key };
}
