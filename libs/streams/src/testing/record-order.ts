import type { ConsumedRecord } from '@mesh/kafka';

interface Waiting {
  readonly topic: string;
  readonly records: ConsumedRecord[];
}

/**
 * In which order records that wait in several topics are processed: that of Kafka Streams' test driver, which has one
 * task read all of them, the topic with the earliest record first. Of equal times its priority queue, a binary heap
 * (`java.util.PriorityQueue`), takes what the order of coming and going has made the first, so this is the same heap.
 */
export class RecordOrder {
  readonly #topics = new Map<string, Waiting>();
  readonly #heap: Waiting[] = [];

  add(topic: string, record: ConsumedRecord): void {
    let waiting = this.#topics.get(topic);
    if (waiting === undefined) this.#topics.set(topic, (waiting = { topic, records: [] }));
    waiting.records.push(record);
    if (waiting.records.length === 1) this.#offer(waiting);
  }

  /** Takes the record that is next away. */
  take(): { readonly topic: string; readonly record: ConsumedRecord } | undefined {
    const waiting = this.#poll();
    const record = waiting?.records.shift();
    if (waiting === undefined || record === undefined) return undefined;
    if (waiting.records.length > 0) this.#offer(waiting);
    return { topic: waiting.topic, record };
  }

  clear(): void {
    this.#topics.clear();
    this.#heap.length = 0;
  }

  #offer(waiting: Waiting): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      const above = heap[parent];
      if (above === undefined || headTime(waiting) >= headTime(above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = waiting;
  }

  #poll(): Waiting | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || first === last) return first;
    let at = 0;
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      const right = heap[child + 1];
      if (right !== undefined && headTime(heap[child]) > headTime(right)) child += 1;
      const below = heap[child];
      if (below === undefined || headTime(last) <= headTime(below)) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

function headTime(waiting: Waiting | undefined): number {
  return waiting?.records[0]?.timestamp ?? 0;
}
