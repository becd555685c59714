import { StreamsError } from '../../errors.js';
import { Windowed } from '../../record.js';
import { sizeOfHeld, type HeldRecord } from '../../state/held-record.js';
import type { BufferStore, Held } from '../../state/ports.js';
import type { SuppressNode } from '../../topology/window-nodes.js';
import { RecordContext } from '../record-context.js';
import { Idle } from './idle.js';
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
  const { context, counters } = env;
  const { waitMs } = node;
  const finalOnly = node.until === 'window-closes';
  const store = env.store(node.store.name) as BufferStore;
  const topic = env.changelog(node.store.name);
  const { key: keySerde, value: valueSerde } = node.store;
  const keyBytes = keyEncoder(keySerde, topic, env, unchangedKey);
  const current = new RecordContext();

  const encode = (value: unknown): Buffer | null =>
    isAbsent(value) ? null : valueSerde.serialize(topic, value, context.headers);
  const decode = (data: Buffer | null): unknown =>
    data === null ? null : valueSerde.deserialize(topic, data, context.headers);

  const bounds = node.bounds && new Bounds(node.name, node.bounds, store, env);

  const emit = (held: Held): void => {
    const { record } = held;
    store.remove(held);
    bounds?.removed(held.key, record);
    // A deletion of what nobody was told of is none: of final results there is one each, or none.
    if (record.value === null && finalOnly) return;
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
  };

  const idle = Idle.of(env, node.closeOnIdleMs, store, (time) => {
    for (const due of store.due(time - waitMs)) emit(due);
  });

  return (key, value, before) => {
    const { timestamp, headers, offset, partition } = context;
    const streamTime = Math.max(store.streamTime, timestamp);
    const bytes = keyBytes(key);
    const oldValue = encode(before);
    const waiting = store.get(bytes);
    const closes = finalOnly && key instanceof Windowed ? key.end : undefined;
    // A session that has a value and none that waits has gone on: there is one final result, not another.
    // Neither of a window that went on in a silence: the aggregation, which knows nothing of that, takes late records
    // still, and after a restart the time of the silence is forgotten here too.
    const final =
      closes !== undefined && (idle !== undefined || (node.finalOnce && closes <= streamTime - waitMs));
    if (final && waiting === undefined && oldValue !== null) {
      if (idle !== undefined) counters.dropped += 1;
      return;
    }
    const held: HeldRecord = {
      timestamp,
      offset,
      topic: context.topic,
      partition,
      headers,
      value: encode(value),
      oldValue,
      priorValue: waiting === undefined ? oldValue : waiting.priorValue,
    };
    if (waiting !== undefined) bounds?.removed(bytes, waiting);
    bounds?.added(bytes, held);
    store.put(bytes, closes ?? timestamp, held);
    current.copyFrom(context);
    for (const due of store.due(streamTime - waitMs)) emit(due);
    if (bounds?.exceeded === true) bounds.enforce(emit);
    context.copyFrom(current);
    idle?.touch();
  };
}

/** Counts what waits, and acts where it is too much. */
class Bounds {
  readonly #node: string;
  readonly #bounds: NonNullable<SuppressNode['bounds']>;
  readonly #store: BufferStore;
  readonly #env: OperatorEnvironment;
  #bytes = 0;

  constructor(
    node: string,
    bounds: NonNullable<SuppressNode['bounds']>,
    store: BufferStore,
    env: OperatorEnvironment,
  ) {
    this.#node = node;
    this.#bounds = bounds;
    this.#store = store;
    this.#env = env;
    env.life.onInit(() => {
      // What was restored counts.
      for (const key of store.keys()) {
        const held = store.get(key);
        if (held !== undefined) this.added(key, held);
      }
    });
  }

  added(key: Buffer, held: HeldRecord): void {
    this.#bytes += sizeOfHeld(key, held);
  }

  removed(key: Buffer, held: HeldRecord): void {
    this.#bytes -= sizeOfHeld(key, held);
  }

  get exceeded(): boolean {
    return this.#store.size > this.#bounds.maxRecords || this.#bytes > this.#bounds.maxBytes;
  }

  /** Lets go on what has waited longest, until it fits again; or ends the task. */
  enforce(emit: (held: Held) => void): void {
    if (!this.#bounds.emitEarly) {
      const { maxRecords, maxBytes } = this.#bounds;
      const has = `${this.#store.size} of ${maxRecords} records, ${this.#bytes} of ${maxBytes} bytes`;
      const what = `${this.#node}: too much waits to go on (${has}): raise the bounds of its buffer`;
      this.#env.pending.broken(new StreamsError('BUFFER_FULL', what));
      return;
    }
    for (const held of this.#store.due(Number.POSITIVE_INFINITY)) {
      if (!this.exceeded) return;
      emit(held);
    }
  }
}
