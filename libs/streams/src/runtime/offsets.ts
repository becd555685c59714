/** A record that has something under way: its offset is not committed before `pending` is back at 0. */
export interface Hold {
  readonly offset: number;
  pending: number;
}

/**
 * How far a source partition is finished: everything before {@link committable} is. Records are taken in offset order
 * and may finish in any.
 */
export class OffsetTracker {
  readonly topic: string;
  readonly partition: number;
  /** The next offset to take, or −1 before the first record. */
  position = -1;
  /** The offset last committed, or −1. */
  committed = -1;
  /** Where the task began to read: what lies before was processed by others. −1 while it is not known. */
  start = -1;
  #holds: Hold[] = [];
  #head = 0;

  constructor(topic: string, partition: number) {
    this.topic = topic;
    this.partition = partition;
  }

  /** The last offset up to which everything is processed; −1 where nothing is. */
  get finished(): number {
    return Math.max(this.committable(), this.start, 0) - 1;
  }

  /** Of the record that is processed, or of one whose change has waited since the last commit. */
  hold(offset: number): Hold {
    const hold = { offset, pending: 0 };
    let at = this.#holds.length;
    while (at > this.#head && (this.#holds[at - 1]?.offset ?? 0) > offset) at -= 1;
    if (at === this.#holds.length) this.#holds.push(hold);
    else this.#holds.splice(at, 0, hold);
    return hold;
  }

  /** Keeps all that is not processed yet from being committed. */
  holdNext(): Hold {
    return this.hold(Math.max(this.position, this.start, 0));
  }

  /** The next offset to read of a reader that must repeat nothing unfinished and skip nothing; −1 for none yet. */
  committable(): number {
    while (this.#head < this.#holds.length && this.#holds[this.#head]?.pending === 0) this.#head += 1;
    if (this.#head === this.#holds.length) {
      this.#holds = [];
      this.#head = 0;
      return this.position;
    }
    if (this.#head > 1024) {
      this.#holds = this.#holds.slice(this.#head);
      this.#head = 0;
    }
    return this.#holds[this.#head]?.offset ?? this.position;
  }
}
