import type { ConsumedRecord, PartitionOffset, RecordBatch } from '@mesh/kafka';

interface TestTopic {
  readonly records: ConsumedRecord[];
  /** Offsets of records that came from outside: a topic may be piped into that the topology writes as well. */
  readonly piped: Set<number>;
  /** The next offset to hand to the task. */
  position: number;
  committed: number;
}

/** Topics of one partition, in memory. */
export class TestBroker {
  readonly #topics = new Map<string, TestTopic>();

  append(topic: string, record: Omit<ConsumedRecord, 'offset'>): void {
    const { records } = this.#topic(topic);
    records.push({ ...record, offset: records.length });
  }

  pipe(topic: string, record: Omit<ConsumedRecord, 'offset'>): void {
    const { records, piped } = this.#topic(topic);
    piped.add(records.length);
    this.append(topic, record);
  }

  read(topic: string, from: number): readonly ConsumedRecord[] {
    return this.#topic(topic).records.slice(from);
  }

  /** The records from an offset on that the topology wrote. */
  written(topic: string, from: number): readonly ConsumedRecord[] {
    const { records, piped } = this.#topic(topic);
    const rest = records.slice(from);
    return piped.size === 0 ? rest : rest.filter(({ offset }) => !piped.has(offset));
  }

  /** The topics that the topology wrote to. */
  get writtenTopics(): readonly string[] {
    return [...this.#topics.keys()].filter((topic) => this.written(topic, 0).length > 0);
  }

  endOffset(topic: string): number {
    return this.#topic(topic).records.length;
  }

  fetch(topic: string): RecordBatch | undefined {
    const state = this.#topic(topic);
    const records = state.records.slice(state.position);
    if (records.length === 0) return undefined;
    state.position = state.records.length;
    return { topic, partition: 0, records, nextOffset: state.position, highWatermark: state.position };
  }

  commit(offsets: readonly PartitionOffset[]): void {
    for (const { topic, offset } of offsets) this.#topic(topic).committed = offset;
  }

  committedOffset(topic: string): number {
    return this.#topic(topic).committed;
  }

  /** Hands out again what was not committed. */
  rewind(): void {
    for (const topic of this.#topics.values()) topic.position = Math.max(0, topic.committed);
  }

  #topic(name: string): TestTopic {
    let topic = this.#topics.get(name);
    if (topic === undefined) {
      topic = { records: [], piped: new Set(), position: 0, committed: -1 };
      this.#topics.set(name, topic);
    }
    return topic;
  }
}
