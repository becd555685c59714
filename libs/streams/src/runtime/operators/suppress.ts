import { Windowed } from '../../record.js';
import type { BufferStore } from '../../state/ports.js';
import type { SuppressNode } from '../../topology/window-nodes.js';
import { RecordContext } from '../record-context.js';
import { isAbsent, keyEncoder } from './key-bytes.js';
import type { OperatorEnvironment, Process } from './operator.js';

/**
 * Holds a key's changes back until its time has come, then lets the last of them go on as it came: with its own time
 * and headers, in the place of the first of them.
 */
export function suppressOperator(
  node: SuppressNode,
  env: OperatorEnvironment,
  unchangedKey: boolean,
  next: Process,
): Process {
  const { context } = env;
  const { waitMs } = node;
  const finalOnly = node.until === 'window-closes';
  const store = env.store(node.store.name) as BufferStore;
  const topic = env.changelog(node.store.name);
  const { key: keySerde, value: valueSerde } = node.store;
  const keyBytes = keyEncoder(keySerde, topic, env, unchangedKey);
  let streamTime: number | undefined;
  const current = new RecordContext();

  const encode = (value: unknown): Buffer | null =>
    isAbsent(value) ? null : valueSerde.serialize(topic, value, context.headers);
  const decode = (data: Buffer | null): unknown =>
    data === null ? null : valueSerde.deserialize(topic, data, context.headers);

  const emit = (until: number): void => {
    for (const held of store.due(until)) {
      const { record } = held;
      store.remove(held);
      // A deletion of what nobody was told of is none: of final results there is one each, or none.
      if (record.value === null && finalOnly) continue;
      context.timestamp = record.timestamp;
      context.headers = record.headers;
      context.topic = record.topic;
      context.partition = record.partition;
      context.offset = record.offset;
      next(
        keySerde.deserialize(topic, held.key, record.headers),
        decode(record.value),
        decode(record.priorValue),
      );
    }
  };

  return (key, value, before) => {
    const { timestamp, headers, offset, partition } = context;
    streamTime = Math.max(streamTime ?? store.streamTime, timestamp);
    const bytes = keyBytes(key);
    const oldValue = encode(before);
    const waiting = store.get(bytes);
    const closes = finalOnly && key instanceof Windowed ? key.end : undefined;
    // A session that has a value and none that waits has gone on: there is one final result, not another.
    const final = node.finalOnce && closes !== undefined && closes <= streamTime - waitMs;
    if (final && waiting === undefined && oldValue !== null) return;
    store.put(bytes, closes ?? timestamp, {
      timestamp,
      offset,
      topic: context.topic,
      partition,
      headers,
      value: encode(value),
      oldValue,
      priorValue: waiting === undefined ? oldValue : waiting.priorValue,
    });
    current.copyFrom(context);
    emit(streamTime - waitMs);
    context.copyFrom(current);
  };
}
