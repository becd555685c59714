import {
  closeSync,
  constants,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { DoublesError } from '../framework/errors.js';
import type { Journal, JournalHandlers, Journals } from './types.js';

/** Rewritten as a snapshot when it has grown by this much, and has doubled, since the last one. */
const defaultCompactionBytes = 64 * 1024 * 1024;
const newline = 0x0a;

export interface FileJournalsOptions {
  /** Bytes of growth after which a journal is rewritten; default 64 MiB. */
  readonly compactionBytes?: number;
  /** Told when a journal could not be replaced by a snapshot. */
  readonly log?: (message: string) => void;
}

/**
 * Journals as one file each, `<name>.jsonl` in the state directory: an entry a line, in JSON, appended. When it has
 * grown enough it is replaced (a new file renamed over it) by a snapshot in the same form, so that there is only ever
 * one file to read.
 *
 * Durability: an entry is handed to the operating system (`write`) before the answer it belongs to, and not synced to
 * the disk. It therefore survives `kill -9` of the process, and may be lost with the machine: right for a stand-in.
 * A killed process can leave half a last line; that was never answered and is dropped on start.
 *
 * When the disk is full, entries wait in memory, calls in progress fail, and further ones are refused until it can be
 * written again.
 */
export class FileJournals implements Journals {
  readonly #stateDir: string;
  readonly #compactionBytes: number;
  readonly #log: (message: string) => void;
  readonly #journals: FileJournal<unknown>[] = [];
  #pending: Promise<void> | undefined;
  #failing = false;

  constructor(stateDir: string, options: FileJournalsOptions = {}) {
    this.#stateDir = stateDir;
    this.#compactionBytes = options.compactionBytes ?? defaultCompactionBytes;
    this.#log = options.log ?? (() => undefined);
    mkdirSync(stateDir, { recursive: true });
  }

  open<Entry>(name: string, handlers: JournalHandlers<Entry>): Journal<Entry> {
    const path = join(this.#stateDir, `${name}.jsonl`);
    const schedule = (): void => this.#schedule();
    const journal = new FileJournal<Entry>(path, handlers, this.#compactionBytes, schedule, this.#log);
    this.#journals.push(journal);
    return journal;
  }

  /**
   * Settles when everything appended so far is written; undefined when it already is. Entries of calls that end
   * together are written together.
   *
   * @throws DoublesError `MESH_DOUBLES_JOURNAL_UNWRITABLE`
   */
  written(): Promise<void> | undefined {
    return this.#pending;
  }

  /** @throws DoublesError `MESH_DOUBLES_JOURNAL_UNWRITABLE` where an earlier write failed and still would. */
  ensureWritable(): void {
    if (this.#failing) this.#flush();
  }

  close(): void {
    for (const journal of this.#journals) journal.close();
  }

  #schedule(): void {
    if (this.#pending !== undefined) return;
    this.#pending = new Promise((resolve, reject) => {
      setImmediate(() => {
        this.#pending = undefined;
        try {
          this.#flush();
          resolve();
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
    });
    // Also rejected for whoever awaits it; an entry appended outside of a call has nobody who does, and is kept.
    this.#pending.catch(() => undefined);
  }

  #flush(): void {
    this.#failing = true;
    for (const journal of this.#journals) journal.flush();
    this.#failing = false;
  }
}

class FileJournal<Entry> implements Journal<Entry> {
  readonly #path: string;
  readonly #handlers: JournalHandlers<Entry>;
  readonly #compactionBytes: number;
  readonly #schedule: () => void;
  readonly #log: (message: string) => void;
  #fd: number;
  /** Bytes of whole lines in the file. */
  #size: number;
  #snapshotSize: number;
  #lines: string[] = [];

  constructor(
    path: string,
    handlers: JournalHandlers<Entry>,
    compactionBytes: number,
    schedule: () => void,
    log: (message: string) => void,
  ) {
    this.#path = path;
    this.#handlers = handlers;
    this.#compactionBytes = compactionBytes;
    this.#schedule = schedule;
    this.#log = log;
    this.#size = existsSync(path) ? this.#replay() : 0;
    this.#fd = openSync(path, 'a');
    // The torn line of a killed process goes away, lest the next entry be glued to it.
    ftruncateSync(this.#fd, this.#size);
    this.#snapshotSize = 0;
  }

  append(entry: Entry): void {
    this.#lines.push(JSON.stringify(entry));
    this.#schedule();
  }

  flush(): void {
    if (this.#lines.length === 0) return;
    const chunk = Buffer.from(`${this.#lines.join('\n')}\n`, 'utf8');
    try {
      writeWhole(this.#fd, chunk);
    } catch (cause) {
      // Part of it may be written: cut off, so that a later attempt writes it whole.
      ftruncateSync(this.#fd, this.#size);
      throw unwritable(this.#path, cause);
    }
    this.#lines = [];
    this.#size += chunk.length;
    if (this.#size - this.#snapshotSize > Math.max(this.#compactionBytes, this.#snapshotSize))
      this.#compact();
  }

  close(): void {
    this.flush();
    closeSync(this.#fd);
  }

  #replay(): number {
    const bytes = readFileSync(this.#path);
    let start = 0;
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
      let entry: Entry;
      try {
        entry = JSON.parse(bytes.toString('utf8', start, end)) as Entry;
      } catch (cause) {
        throw new DoublesError(
          'MESH_DOUBLES_JOURNAL_DAMAGED',
          `the journal ${this.#path} holds no JSON at byte ${start}: it was changed by something else; delete it to start with nothing`,
          { cause },
        );
      }
      this.#handlers.replay(entry);
      start = end + 1;
    }
    return start;
  }

  #compact(): void {
    const temporary = `${this.#path}.new`;
    let fd: number | undefined;
    let size = 0;
    try {
      fd = openSync(
        temporary,
        constants.O_CREAT | constants.O_TRUNC | constants.O_APPEND | constants.O_WRONLY,
      );
      let lines: string[] = [];
      for (const entry of this.#handlers.snapshot()) {
        lines.push(JSON.stringify(entry));
        if (lines.length === 1000) {
          size += writeWhole(fd, Buffer.from(`${lines.join('\n')}\n`, 'utf8'));
          lines = [];
        }
      }
      if (lines.length > 0) size += writeWhole(fd, Buffer.from(`${lines.join('\n')}\n`, 'utf8'));
      renameSync(temporary, this.#path);
    } catch (cause) {
      // The journal itself is whole: it goes on growing, and is tried again when it has grown as much once more.
      if (fd !== undefined) closeSync(fd);
      this.#snapshotSize = this.#size;
      this.#log(unwritable(temporary, cause).message);
      return;
    }
    closeSync(this.#fd);
    this.#fd = fd;
    this.#size = size;
    this.#snapshotSize = size;
  }
}

function writeWhole(fd: number, bytes: Buffer): number {
  for (let offset = 0; offset < bytes.length;) offset += writeSync(fd, bytes, offset);
  return bytes.length;
}

const unwritable = (path: string, cause: unknown): DoublesError =>
  new DoublesError(
    'MESH_DOUBLES_JOURNAL_UNWRITABLE',
    `the journal ${path} cannot be written (${cause instanceof Error ? cause.message : String(cause)}): free disk space or see who may write there`,
    { cause },
  );
