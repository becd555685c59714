import type { StoreSpec } from '../topology/nodes.js';
import type { StoreSetting } from './create-store.js';
import { OrderedBytes } from './ordered-bytes.js';
import { createPersistentStore, FORMAT } from './persistent/create-persistent-store.js';
import type { PersistentStore } from './persistent/persistent-store.js';
import type { StateStore } from './ports.js';
import type { StoreCheckpoint, StorageUsage, TaskStorage } from './provider.js';

/** The stores of a task that are on disk, and what is not there yet of them. */
export class PersistentState {
  readonly #storage: TaskStorage;
  readonly #specs: ReadonlyMap<string, StoreSpec>;
  readonly #stores = new Map<string, PersistentStore>();
  readonly #tables = new Map<string, OrderedBytes>();
  /** As of the last commit, of those that can be read. */
  readonly #checkpoints = new Map<string, StoreCheckpoint>();
  #streamTime: number;
  #committedAt: number | undefined;

  constructor(storage: TaskStorage, specs: readonly StoreSpec[]) {
    this.#storage = storage;
    this.#specs = new Map(specs.filter((spec) => spec.storage !== 'memory').map((spec) => [spec.name, spec]));
    const checkpoint = storage.checkpoint;
    this.#streamTime = checkpoint?.streamTime ?? -1;
    this.#committedAt = checkpoint?.committedAt;
    for (const [name, found] of Object.entries(checkpoint?.stores ?? {})) {
      const spec = this.#specs.get(name);
      if (spec?.type === found.type && found.format === FORMAT) this.#checkpoints.set(name, found);
    }
  }

  has(spec: StoreSpec): boolean {
    return this.#specs.has(spec.name);
  }

  createStore(setting: StoreSetting): StateStore {
    const { name } = setting.spec;
    const checkpoint = this.#checkpoints.get(name);
    const store = createPersistentStore(setting, {
      table: (suffix) => this.#table(name, suffix, checkpoint === undefined),
      streamTime: checkpoint?.streamTime ?? -1,
      latest: checkpoint?.latest ?? -1,
    });
    this.#stores.set(name, store);
    return store;
  }

  position(storeName: string): number | undefined {
    return this.#checkpoints.get(storeName)?.offset;
  }

  get streamTime(): number {
    return this.#streamTime;
  }

  get committedAt(): number | undefined {
    return this.#committedAt;
  }

  wipe(storeName: string): void {
    this.#checkpoints.delete(storeName);
    this.#stores.get(storeName)?.clear();
  }

  commit(positions: ReadonlyMap<string, number>, streamTime: number): void {
    const stores: Record<string, StoreCheckpoint> = {};
    let changed = streamTime > this.#streamTime;
    for (const [name, store] of this.#stores) {
      const offset = positions.get(name);
      if (offset === undefined) continue;
      const { type, streamTime: time, latest } = store;
      stores[name] = { type, format: FORMAT, offset, streamTime: time, ...(latest < 0 ? {} : { latest }) };
      if (this.#checkpoints.get(name)?.offset !== offset) changed = true;
    }
    const dirty = [...this.#tables.values()].filter((table) => table.isDirty);
    if (!changed && dirty.length === 0) return;
    const committedAt = Date.now();
    const checkpoint = { streamTime: Math.max(streamTime, this.#streamTime), committedAt, stores };
    this.#storage.commit(
      dirty.map((table) => table.writes()),
      checkpoint,
    );
    for (const table of dirty) table.written();
    for (const [name, each] of Object.entries(stores)) this.#checkpoints.set(name, each);
    this.#streamTime = checkpoint.streamTime;
    this.#committedAt = committedAt;
  }

  get uncommittedBytes(): number {
    let bytes = 0;
    for (const table of this.#tables.values()) bytes += table.uncommittedBytes;
    return bytes;
  }

  get usage(): StorageUsage {
    return this.#storage.usage;
  }

  close(): Promise<void> {
    return this.#storage.close();
  }

  /** @param fresh whether what is in it, if anything, is not to be read */
  #table(storeName: string, suffix: string, fresh: boolean): OrderedBytes {
    const name = `${storeName}${suffix}`;
    const table = new OrderedBytes(name, this.#storage.table(name), fresh);
    this.#tables.set(name, table);
    return table;
  }
}
