import type { Serde } from '../serde.js';
import type { Node, Operator, Reads, StoreSpec, TopicRef } from './nodes.js';

/*
 * A foreign-key join, as KIP-213 has it. The left side subscribes at the partition of the foreign key; the right side
 * answers each subscription, and again at each change; the left side takes an answer only while its value is still the
 * one that the answer is for.
 *
 *     left ─ subscribe ─▶ [registration topic] ─▶ receive ─ subscriptionJoin ─┐
 *                                                    │ store                  ├─▶ [response topic] ─▶ response
 *                                         right ─ foreignJoin ────────────────┘
 */

export interface SubscribeNode extends Operator {
  readonly kind: 'subscribe';
  readonly reads: Reads;
  readonly foreignKey: (value: unknown, key: unknown) => unknown;
  readonly left: { readonly key: Serde<unknown>; readonly value: Serde<unknown> };
  readonly rightKey: Serde<unknown>;
  /** Of the registrations. */
  readonly topic: TopicRef;
  /** Left join: there is a result for a left value without a right one. */
  readonly leftJoin: boolean;
}

export interface SubscriptionReceiveNode extends Operator {
  readonly kind: 'subscriptionReceive';
  /** The subscriptions, by foreign key and then primary key. */
  readonly store: StoreSpec;
}

/** Answers a subscription with what the right table holds. */
export interface SubscriptionJoinNode extends Operator {
  readonly kind: 'subscriptionJoin';
  readonly right: Node;
}

/** Answers all subscriptions of a right key that changes. */
export interface ForeignJoinNode extends Operator {
  readonly kind: 'foreignJoin';
  readonly store: StoreSpec;
  readonly rightKey: Serde<unknown>;
  readonly topic: TopicRef;
}

export interface ForeignResponseNode extends Operator {
  readonly kind: 'foreignResponse';
  readonly left: Node;
  readonly leftValue: Serde<unknown>;
  readonly topic: TopicRef;
  readonly joiner: (left: unknown, right: unknown) => unknown;
  readonly leftJoin: boolean;
}
