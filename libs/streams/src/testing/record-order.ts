interface Waiting {
  readonly topic: string;
  /** The time of its next record, as its source's timestamp extractor has it. */
  readonly time: number;
}

/**
 * In which order records that wait in several topics are processed: that of Kafka Streams' test driver, which has one
 * task read all of them, the topic with the earliest record first. Of equal times its priority queue, a binary heap
 * (`java.util.PriorityQueue`), takes what the order of coming and going has made the first, so this is the same heap.
 */
export class RecordOrder {
  readonly #heap: Waiting[] = [];

  /** Adds a topic that is not there, by the time of its next record. */
  offer(topic: string, time: number): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      const above = heap[parent];
      if (above === undefined || time >= above.time) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = { topic, time };
  }

  /** Takes the topic away whose record is next. */
  take(): string | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || first === last) return first?.topic;
    let at = 0;
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      const right = heap[child + 1];
      const left = heap[child];
      if (right !== undefined && left !== undefined && left.time > right.time) child += 1;
      const below = heap[child];
      if (below === undefined || last.time <= below.time) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = last;
    return first.topic;
  }

  clear(): void {
    this.#heap.length = 0;
  }
}
