import type {
  Checkpoint,
  KeyRange,
  SortedTable,
  StateStoreProvider,
  StorageUsage,
  StoredTask,
  TableWrites,
  TaskStorage,
} from '../state/provider.js';

/** A provider of such storages; they are there for as long as it is. */
export class MemoryStores implements StateStoreProvider {
  readonly name = 'memory';
  readonly #storages = new Map<string, MemoryStorage>();

  async open(applicationId: string, taskId: string): Promise<MemoryStorage> {
    const name = `${applicationId}/${taskId}`;
    const storage = this.#storages.get(name) ?? new MemoryStorage();
    this.#storages.set(name, storage);
    return storage;
  }

  async list(applicationId: string): Promise<readonly StoredTask[]> {
    return [...this.#storages].flatMap(([name, { checkpoint }]) => {
      const taskId = name.slice(applicationId.length + 1);
      return checkpoint === undefined || name !== `${applicationId}/${taskId}`
        ? []
        : [{ taskId, checkpoint }];
    });
  }

  async clean(): Promise<readonly string[]> {
    return [];
  }
}

/** What a provider's storage is, in memory: for tests of the stores that are made of it. */
export class MemoryStorage implements TaskStorage {
  checkpoint: Checkpoint | undefined;
  readonly usage: StorageUsage = { bytes: 0, maxBytes: Number.POSITIVE_INFINITY };
  readonly #tables = new Map<string, MemoryTable>();

  table(name: string): MemoryTable {
    const table = this.#tables.get(name) ?? new MemoryTable();
    this.#tables.set(name, table);
    return table;
  }

  commit(writes: readonly TableWrites[], checkpoint: Checkpoint): void {
    for (const { table, clear, entries } of writes) this.table(table).write(clear, entries);
    this.checkpoint = checkpoint;
  }

  async close(): Promise<void> {
    // What is committed is there for the next to open.
  }
}

class MemoryTable implements SortedTable {
  readonly maxKeyBytes = 1_000;
  readonly #entries = new Map<string, Buffer>();

  get size(): number {
    return this.#entries.size;
  }

  get(key: Buffer): Buffer | undefined {
    const found = this.#entries.get(key.toString('latin1'));
    return found && Buffer.from(found);
  }

  *range({ from, to, reverse = false }: KeyRange): Iterable<readonly [key: Buffer, value: Buffer]> {
    const low = from?.toString('latin1') ?? '';
    const high = to?.toString('latin1');
    const ids = [...this.#entries.keys()]
      .filter((id) => id >= low && (high === undefined || id < high))
      .sort();
    for (const id of reverse ? ids.reverse() : ids) {
      const value = this.#entries.get(id);
      if (value !== undefined) yield [Buffer.from(id, 'latin1'), Buffer.from(value)];
    }
  }

  write(clear: boolean, entries: TableWrites['entries']): void {
    if (clear) this.#entries.clear();
    for (const [key, value] of entries) {
      if (value === null) this.#entries.delete(key.toString('latin1'));
      else this.#entries.set(key.toString('latin1'), value);
    }
  }
}
