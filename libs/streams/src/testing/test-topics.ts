import type { ConsumedRecord, Header } from '@mesh/kafka';
import type { Deserializer, Serializer } from '../serde.js';

export interface TestRecord<K, V> {
  readonly key: K | null;
  readonly value: V | null;
  readonly timestamp: number;
  readonly headers: readonly Header[];
}

export interface PipeOptions {
  /** Milliseconds since the epoch; default: the topic's time, which then goes on by its advance. */
  readonly timestamp?: number;
  readonly headers?: readonly Header[];
}

export interface InputTopicOptions {
  /** The time of the first record that is piped without one. Milliseconds; default: the driver's clock at the time. */
  readonly startTimestampMs?: number;
  /** How far that time goes on with each record piped without one. Milliseconds, default 0. */
  readonly autoAdvanceMs?: number;
}

/** Where a test writes to. Whatever a record fails with, where the handler says `fail`, each of these throws. */
export class TestInputTopic<K, V> {
  readonly #topic: string;
  readonly #serdes: { readonly key: Serializer<K>; readonly value: Serializer<V> };
  readonly #pipe: (record: Omit<ConsumedRecord, 'offset'>) => void;
  readonly #clock: () => number;
  readonly #advanceMs: number;
  #time: number | undefined;

  /** Made by `TopologyTestDriver.createInputTopic`. */
  constructor(
    topic: string,
    serdes: { readonly key: Serializer<K>; readonly value: Serializer<V> },
    options: InputTopicOptions,
    clock: () => number,
    pipe: (record: Omit<ConsumedRecord, 'offset'>) => void,
  ) {
    this.#topic = topic;
    this.#serdes = serdes;
    this.#clock = clock;
    this.#pipe = pipe;
    this.#advanceMs = options.autoAdvanceMs ?? 0;
    this.#time = options.startTimestampMs;
  }

  /** @throws StreamsError `RECORD_FAILED` where the record fails and the handler says `fail` */
  pipeInput(key: K | null, value: V | null, { timestamp, headers = [] }: PipeOptions = {}): void {
    this.#pipe({
      key: key === null ? null : this.#serdes.key.serialize(this.#topic, key, headers),
      value: value === null ? null : this.#serdes.value.serialize(this.#topic, value, headers),
      headers,
      timestamp: timestamp ?? this.#nextTime(),
    });
  }

  /** A record without a key. */
  pipeValue(value: V | null, options?: PipeOptions): void {
    this.pipeInput(null, value, options);
  }

  pipeRecordList(
    records: readonly (PipeOptions & { readonly key: K | null; readonly value: V | null })[],
  ): void {
    for (const { key, value, ...options } of records) this.pipeInput(key, value, options);
  }

  pipeKeyValueList(records: readonly (readonly [key: K | null, value: V | null])[]): void {
    for (const [key, value] of records) this.pipeInput(key, value);
  }

  pipeValueList(values: readonly (V | null)[]): void {
    for (const value of values) this.pipeValue(value);
  }

  /** Moves the topic's time on. */
  advanceTime(ms: number): void {
    this.#time = (this.#time ?? this.#clock()) + ms;
  }

  #nextTime(): number {
    const time = this.#time ?? this.#clock();
    // A topic that was never told of a time follows the driver's clock.
    if (this.#time !== undefined || this.#advanceMs > 0) this.#time = time + this.#advanceMs;
    return time;
  }
}

/** Where a test reads from: each record once, in the order they were written. */
export class TestOutputTopic<K, V> {
  readonly #topic: string;
  readonly #serdes: { readonly key: Deserializer<K>; readonly value: Deserializer<V> };
  readonly #read: (from: number) => readonly ConsumedRecord[];
  #next = 0;

  /** Made by `TopologyTestDriver.createOutputTopic`. */
  constructor(
    topic: string,
    serdes: { readonly key: Deserializer<K>; readonly value: Deserializer<V> },
    read: (from: number) => readonly ConsumedRecord[],
  ) {
    this.#topic = topic;
    this.#serdes = serdes;
    this.#read = read;
  }

  /** The next record not read yet. */
  readRecord(): TestRecord<K, V> | undefined {
    const [record] = this.#read(this.#next);
    if (record === undefined) return undefined;
    this.#next = record.offset + 1;
    return this.#decode(record);
  }

  /** All records not read yet. */
  readRecords(): TestRecord<K, V>[] {
    const records = this.#read(this.#next);
    this.#next = (records.at(-1)?.offset ?? this.#next - 1) + 1;
    return records.map((record) => this.#decode(record));
  }

  readValue(): V | null | undefined {
    return this.readRecord()?.value;
  }

  readKeyValue(): readonly [key: K | null, value: V | null] | undefined {
    const record = this.readRecord();
    return record && [record.key, record.value];
  }

  readValuesToList(): (V | null)[] {
    return this.readRecords().map(({ value }) => value);
  }

  readKeyValuesToList(): (readonly [key: K | null, value: V | null])[] {
    return this.readRecords().map(({ key, value }) => [key, value] as const);
  }

  /** The last value of each key. Keys that are objects are one only where they are the same object. */
  readKeyValuesToMap(): Map<K | null, V | null> {
    return new Map(this.readKeyValuesToList());
  }

  get isEmpty(): boolean {
    return this.queueSize === 0;
  }

  /** Records not read yet. */
  get queueSize(): number {
    return this.#read(this.#next).length;
  }

  #decode({ key, value, headers, timestamp }: ConsumedRecord): TestRecord<K, V> {
    const { key: keys, value: values } = this.#serdes;
    return {
      key: key === null ? null : keys.deserialize(this.#topic, key, headers),
      value: value === null ? null : values.deserialize(this.#topic, value, headers),
      headers,
      timestamp,
    };
  }
}
