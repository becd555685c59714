/** What a compacted topic is read into: the newest state of each key. */
export interface Table<T> {
  apply(state: T): void;
  /** The key was deleted. */
  remove(key: string): void;
}
