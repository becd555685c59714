import { StreamsError, type StateStoreProvider, type StoredTask, type TaskStorage } from '@mesh/streams';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { bootId, isWhole, markRunning } from './boot.js';
import { checkpointIn, LmdbStorage, type EnvironmentOptions } from './lmdb-storage.js';
import { isCode, ProcessLock } from './process-lock.js';

export interface LmdbStoresOptions {
  /** Where state is kept, in `<directory>/<application id>/<task id>`. Of this machine, not shared by several. */
  readonly directory: string;
  /**
   * The most that the state of one task may take on disk. Bytes, default 4 GiB. Beyond it a commit fails with
   * `STATE_FULL`. Only what is used is allocated.
   */
  readonly mapSizeBytes?: number;
}

const DEFAULT_MAP_SIZE_BYTES = 4 * 1024 * 1024 * 1024;
/** How long to wait for a task that another thread or a process about to end still has. Milliseconds. */
const LOCK_PATIENCE_MS = 10_000;
const LOCK_POLL_MS = 50;

/** Keeps state on disk in LMDB: for `KafkaStreamsOptions.stateStores`. */
export function lmdbStores({
  directory,
  mapSizeBytes = DEFAULT_MAP_SIZE_BYTES,
}: LmdbStoresOptions): StateStoreProvider {
  if (typeof directory !== 'string' || directory === '')
    throw new StreamsError('INVALID_CONFIG', `directory is ${JSON.stringify(directory)}: it takes a path`);
  if (!(Number.isSafeInteger(mapSizeBytes) && mapSizeBytes >= 1024 * 1024)) {
    throw new StreamsError(
      'INVALID_CONFIG',
      `mapSizeBytes is ${mapSizeBytes}: it takes an integer of at least 1 MiB`,
    );
  }
  return new LmdbStores(directory, mapSizeBytes);
}

class LmdbStores implements StateStoreProvider {
  readonly name = 'lmdb';
  readonly #directory: string;
  readonly #maxBytes: number;
  readonly #boot = bootId();
  /** By folder. */
  readonly #open = new Map<string, LmdbStorage>();

  constructor(directory: string, maxBytes: number) {
    this.#directory = directory;
    this.#maxBytes = maxBytes;
  }

  async open(applicationId: string, taskId: string): Promise<TaskStorage> {
    const directory = join(this.#directory, applicationId, taskId);
    const unreadable = (error: unknown, what: string): StreamsError =>
      new StreamsError(
        'STATE_UNREADABLE',
        `the state of task ${taskId} of ${applicationId} in ${directory} cannot be opened: ${String(error)}. ${what}`,
        { cause: error },
      );
    try {
      mkdirSync(directory, { recursive: true });
    } catch (error) {
      throw unreadable(error, 'Give a directory that the process can write to');
    }
    const lock = new ProcessLock(directory);
    await acquire(lock, directory);
    try {
      return this.#openLocked(directory, lock);
    } catch (error) {
      lock.release();
      if (error instanceof StreamsError) throw error;
      throw unreadable(
        error,
        'Where nothing else helps, delete the folder: it is restored from the changelogs',
      );
    }
  }

  async list(applicationId: string): Promise<readonly StoredTask[]> {
    const found: StoredTask[] = [];
    for (const { taskId, directory } of this.#folders(applicationId)) {
      const own = this.#open.get(directory);
      const whole = own !== undefined || isWhole(directory, this.#boot);
      if (!whole || !existsSync(join(directory, 'data.mdb'))) continue;
      const checkpoint =
        own === undefined ? await checkpointIn(this.#environment(directory)) : own.checkpoint;
      if (checkpoint !== undefined) found.push({ taskId, checkpoint });
    }
    return found;
  }

  async clean(applicationId: string, unusedForMs: number): Promise<readonly string[]> {
    const cleaned: string[] = [];
    for (const { taskId, directory } of this.#folders(applicationId)) {
      // Times of files are finer than the clock, so that one written just now may be ahead of it.
      const unused = Math.max(0, Date.now() - lastUse(directory));
      if (this.#open.has(directory) || unused < unusedForMs) continue;
      const lock = new ProcessLock(directory);
      if (!lock.acquire()) continue;
      try {
        rmSync(directory, { recursive: true, force: true });
        cleaned.push(taskId);
      } finally {
        lock.release();
      }
    }
    return cleaned;
  }

  #openLocked(directory: string, lock: ProcessLock): TaskStorage {
    if (!isWhole(directory, this.#boot)) removeData(directory);
    if (this.#boot !== undefined) markRunning(directory, this.#boot);
    const storage = new LmdbStorage({
      ...this.#environment(directory),
      onClosed: () => {
        this.#open.delete(directory);
        lock.release();
      },
    });
    this.#open.set(directory, storage);
    return storage;
  }

  #environment(directory: string): EnvironmentOptions {
    return { directory, maxBytes: this.#maxBytes, flushes: this.#boot === undefined };
  }

  #folders(applicationId: string): readonly { readonly taskId: string; readonly directory: string }[] {
    const directory = join(this.#directory, applicationId);
    if (!existsSync(directory)) return [];
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => ({ taskId: name, directory: join(directory, name) }));
  }
}

async function acquire(lock: ProcessLock, directory: string): Promise<void> {
  const deadline = performance.now() + LOCK_PATIENCE_MS;
  while (!lock.acquire()) {
    if (performance.now() > deadline) {
      throw new StreamsError(
        'STATE_LOCKED',
        `the state in ${directory} is in use by another process or thread: give each instance on a machine a directory of its own`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, LOCK_POLL_MS));
  }
}

/** Milliseconds since the epoch. */
function lastUse(directory: string): number {
  try {
    return statSync(join(directory, 'data.mdb')).mtimeMs;
  } catch (error) {
    if (isCode(error, 'ENOENT')) return statSync(directory).mtimeMs;
    throw error;
  }
}

function removeData(directory: string): void {
  for (const file of ['data.mdb', 'lock.mdb', 'boot']) rmSync(join(directory, file), { force: true });
}
