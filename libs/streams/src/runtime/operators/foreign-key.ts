import { murmur3 } from '../../serdes/murmur3.js';
import {
  Instruction,
  subscriptionKey,
  subscriptionPrefix,
  type Subscription,
  type SubscriptionResponse,
} from '../../serdes/subscription.js';
import type { KeyValueStore } from '../../state/ports.js';
import type {
  ForeignJoinNode,
  ForeignResponseNode,
  SubscribeNode,
  SubscriptionJoinNode,
  SubscriptionReceiveNode,
} from '../../topology/foreign-key-nodes.js';
import { OperatorFailure } from '../failures.js';
import { lookupOf } from '../lookups.js';
import { guarded, isAbsent, keyEncoder } from './key-bytes.js';
import type { OperatorEnvironment, Process } from './operator.js';

/** Tells the right side what a row waits for now, and what no more. What goes on is keyed by the foreign key. */
export function subscribeOperator(
  node: SubscribeNode,
  env: OperatorEnvironment,
  unchangedKey: boolean,
  next: Process,
): Process {
  const { context, counters, partition } = env;
  const { left, rightKey, leftJoin } = node;
  // Serdes are told the names that Java tells them.
  const topic = env.topic(node.topic);
  const foreignKeyOf = guarded(node.name, node.foreignKey);
  const extract = (key: unknown, value: unknown): unknown =>
    isAbsent(value) ? null : (foreignKeyOf(value, key, undefined) ?? null);
  const primaryKeyOf = keyEncoder(left.key, `${topic}-pk`, env, unchangedKey);
  const encodeForeign = keyEncoder(rightKey, `${topic}-fk`, env, false);
  const isSame = (one: unknown, other: unknown): boolean =>
    one === other || (one !== null && other !== null && encodeForeign(one).equals(encodeForeign(other)));

  return (key, value, before, stale) => {
    if (stale === true) {
      counters.dropped += 1;
      return;
    }
    if (isAbsent(value) && isAbsent(before)) return;
    const then = extract(key, before);
    const now = extract(key, value);
    let hash: Buffer | null;
    let primaryKey: Buffer;
    let same: boolean;
    try {
      hash = isAbsent(value) ? null : murmur3(left.value.serialize(`${topic}-vh`, value, context.headers));
      primaryKey = primaryKeyOf(key);
      same = isSame(then, now);
    } catch (error) {
      throw new OperatorFailure('TRANSFORMATION', node.name, error);
    }
    const send = (foreignKey: unknown, instruction: Instruction): void =>
      next(foreignKey, { hash, instruction, primaryKey, partition } satisfies Subscription);
    if (leftJoin) {
      if (then !== null && !same) send(then, Instruction.DELETE);
      // Also for a row without a foreign key, and a deleted one: their result comes by the same way, in order.
      send(now, Instruction.ANSWER_ALWAYS);
    } else if (now === null) {
      if (!isAbsent(value)) counters.dropped += 1;
      if (then !== null) send(then, Instruction.DELETE_AND_ANSWER);
    } else if (then !== null && !same) {
      send(then, Instruction.DELETE);
      send(now, Instruction.ANSWER_ALWAYS);
    } else {
      send(now, Instruction.ANSWER_IF_PRESENT);
    }
  };
}

/** Keeps or forgets the subscription. The key goes on as bytes. */
export function subscriptionReceiveOperator(
  node: SubscriptionReceiveNode,
  env: OperatorEnvironment,
  next: Process,
): Process {
  const { context, counters } = env;
  const store = env.store(node.store.name) as KeyValueStore<Subscription>;
  return (key, value) => {
    const subscription = value as Subscription;
    const { instruction } = subscription;
    const foreignKey = key as Buffer | null;
    if (foreignKey === null) {
      if (instruction === Instruction.ANSWER_ALWAYS) next(null, subscription);
      else counters.dropped += 1;
      return;
    }
    try {
      const id = subscriptionKey(foreignKey, subscription.primaryKey);
      if (instruction === Instruction.DELETE || instruction === Instruction.DELETE_AND_ANSWER) {
        store.delete(id, context.timestamp);
      } else {
        store.put(id, subscription, context.timestamp);
      }
    } catch (error) {
      throw new OperatorFailure('TRANSFORMATION', node.name, error);
    }
    next(foreignKey, subscription);
  };
}

/** Answers with what the right table holds now. What goes on is keyed by the bytes of the primary key. */
export function subscriptionJoinOperator(
  node: SubscriptionJoinNode,
  env: OperatorEnvironment,
  next: Process,
): Process {
  const { context } = env;
  const lookup = lookupOf(node.right, env);
  return (key, value) => {
    const { hash, instruction, primaryKey, partition } = value as Subscription;
    if (instruction === Instruction.DELETE) return;
    const foreign = key === null ? undefined : lookup(key as Buffer);
    if (foreign === undefined && instruction === Instruction.ANSWER_IF_PRESENT) return;
    const { timestamp } = context;
    if (foreign !== undefined && foreign.timestamp > timestamp) context.timestamp = foreign.timestamp;
    const answer = instruction === Instruction.DELETE_AND_ANSWER ? null : (foreign?.value ?? null);
    next(primaryKey, { hash, value: answer, partition } satisfies SubscriptionResponse);
    context.timestamp = timestamp;
  };
}

/** Answers all that wait for a right key, with its new value. */
export function foreignJoinOperator(
  node: ForeignJoinNode,
  env: OperatorEnvironment,
  unchangedKey: boolean,
  next: Process,
): Process {
  const store = env.store(node.store.name) as KeyValueStore<Subscription>;
  const keyBytes = keyEncoder(node.rightKey, `${env.topic(node.topic)}-fk`, env, unchangedKey);
  return (key, value, _before, stale) => {
    if (stale === true) {
      env.counters.dropped += 1;
      return;
    }
    for (const [, { value: subscription }] of store.prefix(subscriptionPrefix(keyBytes(key)))) {
      const { hash, primaryKey, partition } = subscription;
      next(primaryKey, { hash, value: value ?? null, partition } satisfies SubscriptionResponse);
    }
  };
}

/** Joins the answer with the row, if it still is the row that asked. */
export function foreignResponseOperator(
  node: ForeignResponseNode,
  env: OperatorEnvironment,
  next: Process,
): Process {
  const { context, counters } = env;
  const { leftValue, leftJoin } = node;
  const hashTopic = `${env.topic(node.topic)}-vh`;
  const lookup = lookupOf(node.left, env);
  const joiner = guarded(node.name, node.joiner);
  const isCurrent = (hash: Buffer | null, row: unknown): boolean => {
    if (hash === null || row === null) return hash === row;
    return murmur3(leftValue.serialize(hashTopic, row, context.headers)).equals(hash);
  };
  return (key, value) => {
    const { hash, value: right } = value as SubscriptionResponse;
    const { record } = context;
    const row = record.key === null ? null : (lookup(record.key)?.value ?? null);
    let current: boolean;
    try {
      current = isCurrent(hash, row);
    } catch (error) {
      throw new OperatorFailure('TRANSFORMATION', node.name, error);
    }
    if (!current) {
      counters.dropped += 1;
      return;
    }
    const result = row === null || (right === null && !leftJoin) ? null : joiner(row, right, undefined);
    next(key, result ?? null);
  };
}
