import type { ConsumedRecord, PartitionOffset } from '@mesh/kafka';

interface TestTopic {
  readonly records: ConsumedRecord[];
  /** Offsets of records that came from outside: a topic may be piped into that the topology writes as well. */
  readonly piped: Set<number>;
  committed: number;
}

/** A record that nobody was told of yet. */
export interface Arrival {
  readonly topic: string;
  readonly record: ConsumedRecord;
}

/** Topics of one partition, in memory. */
export class TestBroker {
  readonly #topics = new Map<string, TestTopic>();
  #arrivals: Arrival[] = [];

  append(topic: string, record: Omit<ConsumedRecord, 'offset'>): void {
    const { records } = this.#topic(topic);
    const appended = { ...record, offset: records.length };
    records.push(appended);
    this.#arrivals.push({ topic, record: appended });
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

  /** What was appended since the last call, in all topics, in order. */
  arrivals(): readonly Arrival[] {
    const arrivals = this.#arrivals;
    this.#arrivals = [];
    return arrivals;
  }

  commit(offsets: readonly PartitionOffset[]): void {
    for (const { topic, offset } of offsets) this.#topic(topic).committed = offset;
  }

  committedOffset(topic: string): number {
    return this.#topic(topic).committed;
  }

  /** Hands out again what was not committed, topic by topic. */
  rewind(): void {
    this.#arrivals = [...this.#topics].flatMap(([topic, { records, committed }]) =>
      records.slice(Math.max(0, committed)).map((record) => ({ topic, record })),
    );
  }

  #topic(name: string): TestTopic {
    let topic = this.#topics.get(name);
    if (topic === undefined) {
      topic = { records: [], piped: new Set(), committed: -1 };
      this.#topics.set(name, topic);
    }
    return topic;
  }
}
