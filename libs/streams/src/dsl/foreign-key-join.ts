import type { Serde } from '../serde.js';
import { bytesSerde } from '../serdes/serdes.js';
import {
  subscriptionResponseSerde,
  subscriptionSerde,
  type SubscriptionResponse,
} from '../serdes/subscription.js';
import type { Graph } from '../topology/graph.js';
import type { Node, Reads, StoreSpec } from '../topology/nodes.js';
import { storageOf } from './store-settings.js';

interface Side {
  readonly node: Node;
  readonly key: Serde<unknown>;
  readonly value: Serde<unknown>;
}

export interface ForeignKeyJoin {
  readonly left: Side;
  readonly right: Side;
  readonly leftJoin: boolean;
  readonly reads: Reads;
  readonly foreignKey: (value: unknown, key: unknown) => unknown;
  readonly joiner: (left: unknown, right: unknown) => unknown;
  /** Of the subscriptions. */
  readonly storage: StoreSpec['storage'] | undefined;
  /** Of the result. */
  readonly store: StoreSpec | undefined;
}

/** Draws a foreign-key join (see `topology/foreign-key-nodes.ts`). */
export function foreignKeyJoin(graph: Graph, name: string, join: ForeignKeyJoin): Node {
  const { left, right, leftJoin } = join;
  const registration = graph.addInternalTopic(`${name}-subscription-registration`, '-topic');
  const response = graph.addInternalTopic(`${name}-subscription-response`, '-topic');
  const store = graph.addStore({
    name: `${name}-subscription-store`,
    type: 'key-value',
    key: bytesSerde,
    value: subscriptionSerde,
    retentionMs: undefined,
    ...storageOf(join),
  });
  const send = graph.add({
    kind: 'subscribe',
    name: `${name}-subscription-registration-processor`,
    parents: [left.node],
    reads: join.reads,
    foreignKey: join.foreignKey,
    left,
    rightKey: right.key,
    topic: registration,
    leftJoin,
  });
  graph.add({
    kind: 'topic',
    name: `${name}-subscription-registration-sink`,
    parents: [send],
    topic: registration,
    key: right.key,
    value: subscriptionSerde,
  });
  const subscriptions = graph.add({
    kind: 'source',
    name: `${name}-subscription-registration-source`,
    parents: [],
    topics: [registration],
    key: bytesSerde,
    value: subscriptionSerde,
    timestamp: undefined,
  });
  const receive = graph.add({
    kind: 'subscriptionReceive',
    name: `${name}-subscription-receive`,
    parents: [subscriptions],
    store,
  });
  const subscriptionJoin = graph.add({
    kind: 'subscriptionJoin',
    name: `${name}-subscription-join-foreign`,
    parents: [receive],
    lookups: [right.node],
    right: right.node,
  });
  const foreignJoin = graph.add({
    kind: 'foreignJoin',
    name: `${name}-foreign-join-subscription`,
    parents: [right.node],
    lookups: [receive],
    store,
    rightKey: right.key,
    topic: registration,
  });
  const responseSerde = subscriptionResponseSerde(right.value);
  graph.add({
    kind: 'topic',
    name: `${name}-subscription-response-sink`,
    parents: [subscriptionJoin, foreignJoin],
    topic: response,
    key: bytesSerde,
    value: responseSerde,
    partition: (value) => (value as SubscriptionResponse).partition,
  });
  const responses = graph.add({
    kind: 'source',
    name: `${name}-subscription-response-source`,
    parents: [],
    topics: [response],
    key: left.key,
    value: responseSerde,
    timestamp: undefined,
  });
  const resolve = graph.add({
    kind: 'foreignResponse',
    name: `${name}-subscription-response-resolver`,
    parents: [responses],
    lookups: [left.node],
    left: left.node,
    leftValue: left.value,
    topic: registration,
    joiner: join.joiner,
    leftJoin,
  });
  return graph.add({ kind: 'tableSource', name: `${name}-result`, parents: [resolve], store: join.store });
}
