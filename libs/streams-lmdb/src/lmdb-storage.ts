import {
  StreamsError,
  type Checkpoint,
  type KeyRange,
  type SortedTable,
  type StorageUsage,
  type TableWrites,
  type TaskStorage,
} from '@mesh/streams';
import { open, type Database, type RootDatabase } from 'lmdb';
import { markWhole } from './boot.js';
import { fromLmdbKey, toLmdbKey } from './ordered-keys.js';

const BINARY = { keyEncoding: 'binary', encoding: 'binary' } as const;
/** Tables of a task, at most. */
const MOST_TABLES = 512;
const META = Buffer.from('checkpoint');
/** Of LMDB's pages of 4 KiB, less one that {@link toLmdbKey} may add. */
const MAX_KEY_BYTES = 1_977;

/** The least of all. */
const NO_KEY = Buffer.alloc(0);

type Table = Database<Buffer, Buffer>;

export interface EnvironmentOptions {
  readonly directory: string;
  readonly maxBytes: number;
  /** Whether each commit is flushed to the device. */
  readonly flushes: boolean;
}

export interface LmdbStorageOptions extends EnvironmentOptions {
  readonly onClosed: () => void;
}

/** One LMDB environment, with a database for each table and one for the checkpoint. */
export class LmdbStorage implements TaskStorage {
  readonly #options: LmdbStorageOptions;
  readonly #root: RootDatabase<Buffer, Buffer>;
  readonly #meta: Table;
  readonly #tables = new Map<string, Table>();
  #checkpoint: Checkpoint | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: LmdbStorageOptions) {
    this.#options = options;
    this.#root = openRoot(options);
    this.#meta = this.#database('meta');
    this.#checkpoint = readCheckpoint(this.#meta);
  }

  get checkpoint(): Checkpoint | undefined {
    return this.#checkpoint;
  }

  table(name: string): SortedTable {
    return new LmdbTable(this.#tableOf(name));
  }

  commit(writes: readonly TableWrites[], checkpoint: Checkpoint): void {
    this.#requireRoom();
    const tables = writes.map(({ table }) => this.#tableOf(table));
    this.#root.transactionSync(() => {
      for (const [index, { clear, entries }] of writes.entries()) {
        const table = tables[index];
        if (table === undefined) continue;
        if (clear) table.clearSync();
        for (const [key, value] of entries) {
          if (value === null) table.removeSync(toLmdbKey(key));
          else table.putSync(toLmdbKey(key), value);
        }
      }
      this.#meta.putSync(META, Buffer.from(JSON.stringify(checkpoint)));
    });
    this.#checkpoint = checkpoint;
    this.#requireRoom();
  }

  get usage(): StorageUsage {
    const { lastPageNumber, pageSize } = this.#root.getStats() as {
      readonly lastPageNumber: number;
      readonly pageSize: number;
    };
    return { bytes: (lastPageNumber + 1) * pageSize, maxBytes: this.#options.maxBytes };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { directory, flushes, onClosed } = this.#options;
    try {
      await this.#root.close();
      if (!flushes) markWhole(directory);
    } finally {
      onClosed();
    }
  }

  /** LMDB itself would let the map grow. */
  #requireRoom(): void {
    const { bytes, maxBytes } = this.usage;
    if (bytes <= maxBytes) return;
    throw new StreamsError(
      'STATE_FULL',
      `MAP_FULL: the state in ${this.#options.directory} takes ${bytes} bytes, and mapSizeBytes is ${maxBytes}: ` +
        'raise it, or keep less (retention, ttlMs, more partitions)',
    );
  }

  #tableOf(name: string): Table {
    let table = this.#tables.get(name);
    if (table === undefined) {
      table = this.#database(`table:${name}`);
      this.#tables.set(name, table);
    }
    return table;
  }

  #database(name: string): Table {
    return this.#root.openDB<Buffer, Buffer>({ name, ...BINARY, cache: false });
  }
}

/** Of an environment that somebody may be writing to, also another thread: LMDB gives both the same one. */
export async function checkpointIn(options: EnvironmentOptions): Promise<Checkpoint | undefined> {
  const root = openRoot(options);
  try {
    return readCheckpoint(root.openDB<Buffer, Buffer>({ name: 'meta', ...BINARY, cache: false }));
  } finally {
    await root.close();
  }
}

/** Always in the same way: within a process the first one to open it decides for the others. */
function openRoot({ directory, maxBytes, flushes }: EnvironmentOptions): RootDatabase<Buffer, Buffer> {
  return open<Buffer, Buffer>({
    ...{ path: directory, noSubdir: false, maxDbs: MOST_TABLES, mapSize: maxBytes, noSync: !flushes },
    ...BINARY,
    cache: false,
  });
}

function readCheckpoint(meta: Table | undefined): Checkpoint | undefined {
  const data = meta?.get(META);
  return data && (JSON.parse(data.toString('utf8')) as Checkpoint);
}

class LmdbTable implements SortedTable {
  readonly maxKeyBytes = MAX_KEY_BYTES;
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  get size(): number {
    return (this.#table.getStats() as { readonly entryCount: number }).entryCount;
  }

  get(key: Buffer): Buffer | undefined {
    // A view of a buffer that every call overwrites; only its `length` says how much of it.
    const found = this.#table.getBinaryFast(toLmdbKey(key));
    if (found === undefined) return undefined;
    const own = Buffer.allocUnsafe(found.length);
    found.copy(own, 0, 0, found.length);
    return own;
  }

  *range({ from, to, reverse = false }: KeyRange): Iterable<readonly [key: Buffer, value: Buffer]> {
    const start = toLmdbKey(from ?? NO_KEY);
    const end = to === undefined ? undefined : toLmdbKey(to);
    const entries = this.#table.getRange(
      reverse
        ? {
            reverse,
            ...(end === undefined ? {} : { start: end, exclusiveStart: true }),
            ...{ end: start, inclusiveEnd: true },
          }
        : { start, ...(end === undefined ? {} : { end }) },
    );
    for (const { key, value } of entries) yield [fromLmdbKey(key), value];
  }
}
