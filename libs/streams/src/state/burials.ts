import type { ChangelogWriter } from './ports.js';

/** Tombstones written along with a change: more than the changes that made what is to be buried. */
const TOMBSTONES_PER_CHANGE = 4;

/** What has fallen out of a store and is still in its changelog: deleted there a few at a time, as changes are written. */
export class Burials<E> {
  readonly #changelog: ChangelogWriter;
  readonly #changelogKey: (entry: E) => Buffer;
  readonly #entries: E[] = [];

  constructor(changelog: ChangelogWriter, changelogKey: (entry: E) => Buffer) {
    this.#changelog = changelog;
    this.#changelogKey = changelogKey;
  }

  add(entry: E): void {
    this.#entries.push(entry);
  }

  /** To be called with each change. */
  work(timestamp: number): void {
    for (let left = TOMBSTONES_PER_CHANGE; left > 0; left -= 1) {
      const entry = this.#entries.pop();
      if (entry === undefined) return;
      this.#changelog.write(this.#changelogKey(entry), null, timestamp);
    }
  }
}
