import type { ChangelogWriter } from './ports.js';

/** Tombstones written along with a change: more than the changes that made what is to be buried. */
const TOMBSTONES_PER_CHANGE = 4;

/** What has fallen out of a store and is still in its changelog: deleted there a few at a time, as changes are written. */
export class Burials {
  readonly #changelog: ChangelogWriter;
  readonly #keys: Buffer[] = [];

  constructor(changelog: ChangelogWriter) {
    this.#changelog = changelog;
  }

  add(changelogKey: Buffer): void {
    this.#keys.push(changelogKey);
  }

  /** To be called with each change. */
  work(timestamp: number): void {
    for (let left = TOMBSTONES_PER_CHANGE; left > 0 && this.#keys.length > 0; left -= 1) {
      const key = this.#keys.pop();
      if (key !== undefined) this.#changelog.write(key, null, timestamp);
    }
  }
}
