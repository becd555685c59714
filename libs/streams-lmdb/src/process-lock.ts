import { randomUUID } from 'node:crypto';
import {
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** A lock of another machine, or container, that was not touched for so long is nobody's. Milliseconds. */
const FOREIGN_STALE_MS = 60_000;
const TOUCH_MS = 10_000;

interface Owner {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  /** When the process began, in the system's own measure: its number may have been another's before. */
  readonly started: string;
}

/**
 * A folder that one thread of one process at a time may use: a file in it says which. A process that was killed loses it,
 * and a worker that has ended, since what it had open is closed with it.
 */
export class ProcessLock {
  readonly #file: string;
  readonly #id = randomUUID();
  /** Kept open, for the other threads to see that this one lives. */
  #open: number | undefined;
  #touching: NodeJS.Timeout | undefined;

  constructor(directory: string) {
    this.#file = join(directory, 'owner.lock');
  }

  /** @returns whether it is ours now; no, where it is another's, or ours already */
  acquire(): boolean {
    if (!this.#create() && !(this.#isStale() && this.#replace())) return false;
    this.#touching = setInterval(() => this.#touch(), TOUCH_MS);
    this.#touching.unref();
    return true;
  }

  release(): void {
    clearInterval(this.#touching);
    // In this order: one that is not open looks like that of a worker that has ended.
    if (this.#owner()?.id === this.#id) rmSync(this.#file, { force: true });
    this.#letGo();
  }

  #letGo(): void {
    if (this.#open !== undefined) closeSync(this.#open);
    this.#open = undefined;
  }

  #create(): boolean {
    const owner: Owner = { id: this.#id, host: hostname(), pid: process.pid, started: startOf(process.pid) };
    let file: number;
    try {
      file = openSync(this.#file, 'wx');
    } catch (error) {
      if (isCode(error, 'EEXIST')) return false;
      throw error;
    }
    writeSync(file, JSON.stringify(owner));
    this.#open = file;
    return true;
  }

  #replace(): boolean {
    rmSync(this.#file, { force: true });
    if (!this.#create()) return false;
    if (this.#owner()?.id === this.#id) return true;
    this.#letGo();
    return false;
  }

  #isStale(): boolean {
    const owner = this.#owner();
    if (owner?.host === hostname()) {
      if (startOf(owner.pid) !== owner.started) return true;
      return owner.pid === process.pid && !isOpenHere(this.#file);
    }
    try {
      // Not ours to ask whether it lives; nor one that was cut off while it was written.
      return Date.now() - statSync(this.#file).mtimeMs > FOREIGN_STALE_MS;
    } catch (error) {
      if (isCode(error, 'ENOENT')) return true;
      throw error;
    }
  }

  #owner(): Owner | undefined {
    try {
      return JSON.parse(readFileSync(this.#file, 'utf8')) as Owner;
    } catch (error) {
      if (isCode(error, 'ENOENT') || error instanceof SyntaxError) return undefined;
      throw error;
    }
  }

  #touch(): void {
    try {
      utimesSync(this.#file, new Date(), new Date());
    } catch (error) {
      // Whoever deleted the folder under us took the lock along.
      if (!isCode(error, 'ENOENT')) throw error;
    }
  }
}

/** Tells processes of one number apart; empty for one that is not alive. */
function startOf(pid: number): string {
  try {
    // Its name, in brackets, may hold anything; the 20th field behind it is when it began.
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return isAlive(pid) ? 'alive' : '';
  }
}

/** Whether a thread of this process has the file open; yes, where the system does not say. */
function isOpenHere(file: string): boolean {
  const folder = '/proc/self/fd';
  let open: readonly string[];
  let path: string;
  try {
    open = readdirSync(folder);
    path = realpathSync(file);
  } catch {
    return true;
  }
  return open.some((name) => {
    try {
      return readlinkSync(`${folder}/${name}`) === path;
    } catch {
      // Closed since.
      return false;
    }
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isCode(error, 'EPERM');
  }
}

export function isCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
