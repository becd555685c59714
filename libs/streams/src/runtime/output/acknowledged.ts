import type { Appended } from '@mesh/kafka';

/** How far each partition was written and acknowledged: for changelogs, what a store on disk may say it holds. */
export class Acknowledged {
  readonly #next = new Map<string, number>();

  add(appended: readonly Appended[]): void {
    for (const { topic, partition, baseOffset, count } of appended) {
      if (baseOffset >= 0) this.#next.set(`${topic}-${partition}`, baseOffset + count);
    }
  }

  /** The offset after the last record of ours; `undefined` where there is none, or the broker did not tell. */
  after(topic: string, partition: number): number | undefined {
    return this.#next.get(`${topic}-${partition}`);
  }
}
