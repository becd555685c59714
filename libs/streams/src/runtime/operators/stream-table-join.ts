import { writeLong } from '../../serdes/serdes.js';
import type { BufferStore } from '../../state/ports.js';
import type { StreamTableJoinNode } from '../../topology/window-nodes.js';
import { lookupOf } from '../lookups.js';
import { RecordContext } from '../record-context.js';
import { guarded, isAbsent, keyEncoder } from './key-bytes.js';
import type { OperatorEnvironment, Process } from './operator.js';

/**
 * Joins each record with what the table holds for its key: now, or where the table is versioned, as of the record's
 * time. With a grace, records first wait until time has gone on by it, and go on in order of their times.
 */
export function streamTableJoinOperator(
  node: StreamTableJoinNode,
  env: OperatorEnvironment,
  unchangedKey: boolean,
  next: Process,
): Process {
  const { context, counters } = env;
  const { leftJoin } = node;
  const joiner = guarded(node.name, node.joiner);
  const lookup = lookupOf(node.table, env);
  const keyBytes = keyEncoder(node.tableKey, undefined, env, unchangedKey);
  const found = counters.join(node.name);
  const join = (key: unknown, value: unknown, bytes: Buffer | undefined): void => {
    const stored =
      bytes === undefined ? undefined : lookup(bytes, node.versioned ? context.timestamp : undefined);
    if (stored === undefined) found.missed += 1;
    else found.matched += 1;
    if (stored === undefined && !leftJoin) return;
    next(key, joiner(value, stored?.value ?? null, undefined));
  };
  const take = node.buffer === undefined ? join : waiting(node, node.buffer, env, join);
  return (key, value) => {
    if (isAbsent(value) || (isAbsent(key) && (!leftJoin || node.buffer !== undefined))) {
      counters.dropped += 1;
      return;
    }
    if (isAbsent(key)) join(key, value, undefined);
    else take(key, value, keyBytes(key));
  };
}

type Join = (key: unknown, value: unknown, bytes: Buffer) => void;

function waiting(
  node: StreamTableJoinNode,
  { store: spec, graceMs }: NonNullable<StreamTableJoinNode['buffer']>,
  env: OperatorEnvironment,
  join: Join,
): Join {
  const { context } = env;
  const buffer = env.store(spec.name) as BufferStore;
  const topic = env.changelog(spec.name);
  const current = new RecordContext();
  let streamTime: number | undefined;
  let sequence = 0;

  /** By time, key and order of arrival: `time, 8 bytes | key | sequence, 4 bytes`. */
  const idOf = (bytes: Buffer, timestamp: number): Buffer => {
    const id = Buffer.allocUnsafe(bytes.length + 12);
    writeLong(id, timestamp, 0);
    bytes.copy(id, 8);
    do {
      sequence = (sequence + 1) & 0x7fff_ffff;
      id.writeInt32BE(sequence, bytes.length + 8);
    } while (buffer.get(id) !== undefined);
    return id;
  };

  return (key, value, bytes) => {
    const { timestamp, offset, partition, headers } = context;
    if (streamTime === undefined) {
      // Records that come now are behind those that were restored.
      streamTime = buffer.streamTime;
      for (const id of buffer.keys()) sequence = Math.max(sequence, id.readInt32BE(id.length - 4));
    }
    streamTime = Math.max(streamTime, timestamp);
    if (streamTime - graceMs > timestamp) {
      join(key, value, bytes);
      return;
    }
    buffer.put(idOf(bytes, timestamp), timestamp, {
      timestamp,
      offset,
      topic: context.topic,
      partition,
      headers,
      value: spec.value.serialize(topic, value, headers),
      oldValue: null,
      priorValue: null,
    });
    current.copyFrom(context);
    for (const held of buffer.due(streamTime - graceMs)) {
      const { record } = held;
      buffer.remove(held);
      const heldKey = held.key.subarray(8, held.key.length - 4);
      context.timestamp = record.timestamp;
      context.headers = record.headers;
      context.topic = record.topic;
      context.partition = record.partition;
      context.offset = record.offset;
      const data = record.value ?? Buffer.alloc(0);
      join(
        node.tableKey.deserialize(topic, heldKey, record.headers),
        spec.value.deserialize(topic, data, record.headers),
        heldKey,
      );
    }
    context.copyFrom(current);
  };
}
