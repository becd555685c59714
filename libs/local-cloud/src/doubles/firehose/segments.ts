import { randomUUID } from 'node:crypto';
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

/** A closed buffer on disk: what one delivery takes. Its name gives the order and an id that survives a restart. */
export interface Segment {
  readonly path: string;
  /** A UUID: names the S3 object and prefixes document ids, so that a second delivery overwrites the first. */
  readonly id: string;
  readonly records: number;
}

/** The records of a segment, by index. */
export interface SegmentContent {
  readonly data: readonly Buffer[];
  /** When each record was accepted, in milliseconds since the epoch. */
  readonly arrivals: readonly number[];
}

const headerBytes = 12;

/**
 * The frames of the records of one call, ready to append:
 *
 *     uint32 BE   payload length in bytes
 *     float64 BE  arrival, milliseconds since the epoch
 *     payload
 */
export function encodeFrames(records: readonly Buffer[], arrivalMs: number): Buffer {
  let bytes = 0;
  for (const record of records) bytes += headerBytes + record.length;
  const frames = Buffer.allocUnsafe(bytes);
  let at = 0;
  for (const record of records) {
    frames.writeUInt32BE(record.length, at);
    frames.writeDoubleBE(arrivalMs, at + 4);
    record.copy(frames, at + headerBytes);
    at += headerBytes + record.length;
  }
  return frames;
}

/** Reads frames; a torn last one, left by a killed process, was never acknowledged and is dropped. */
export function decodeFrames(frames: Buffer): SegmentContent {
  const data: Buffer[] = [];
  const arrivals: number[] = [];
  for (let at = 0; at + headerBytes <= frames.length;) {
    const end = at + headerBytes + frames.readUInt32BE(at);
    if (end > frames.length) break;
    arrivals.push(frames.readDoubleBE(at + 4));
    data.push(frames.subarray(at + headerBytes, end));
    at = end;
  }
  return { data, arrivals };
}

/**
 * The journal of one delivery, a folder of segments: one takes records, the closed ones wait for delivery in order, and
 * a delivered one is deleted. Every append is in the operating system's hands when it returns, so it outlives the process.
 */
export class SegmentQueue {
  readonly #dir: string;
  readonly #closed: Segment[] = [];
  #sequence = 0;
  #active: { fd: number; segment: { path: string; id: string; records: number }; bytes: number } | undefined;

  /** Takes up what an earlier process left: its segments wait for delivery again. */
  constructor(dir: string) {
    this.#dir = dir;
    mkdirSync(dir, { recursive: true });
    for (const file of readdirSync(dir).sort()) {
      const name = /^(\d{12})-([0-9a-f-]{36})\.segment$/.exec(file);
      if (!name?.[1] || !name[2]) continue;
      const path = join(dir, file);
      this.#sequence = Number(name[1]) + 1;
      this.#closed.push({ path, id: name[2], records: decodeFrames(readFileSync(path)).data.length });
    }
  }

  /** Bytes of the open segment. */
  get openBytes(): number {
    return this.#active?.bytes ?? 0;
  }

  /** Records that wait, in the open and in closed segments. */
  get records(): number {
    return this.#closed.reduce((sum, { records }) => sum + records, this.#active?.segment.records ?? 0);
  }

  /** The segment to deliver next. */
  get next(): Segment | undefined {
    return this.#closed[0];
  }

  /**
   * Adds frames to the open segment. @returns what takes them out again, as long as nothing came after
   * @throws the file system's error; the segment is then as it was before
   */
  append(frames: Buffer, records: number): () => void {
    const active = (this.#active ??= this.#open());
    const before = active.bytes;
    const undo = () => {
      ftruncateSync(active.fd, before);
      active.segment.records -= records;
      active.bytes = before;
    };
    active.segment.records += records;
    try {
      for (let written = 0; written < frames.length;) {
        written += writeSync(active.fd, frames, written, frames.length - written, before + written);
      }
    } catch (error) {
      undo();
      throw error;
    }
    active.bytes = before + frames.length;
    return undo;
  }

  /** Closes the open segment, so that it can be delivered. */
  seal(): void {
    if (this.#active === undefined || this.#active.bytes === 0) return;
    closeSync(this.#active.fd);
    this.#closed.push(this.#active.segment);
    this.#active = undefined;
  }

  read(segment: Segment): SegmentContent {
    return decodeFrames(readFileSync(segment.path));
  }

  /** Forgets a delivered segment; it must be the next one. */
  remove(segment: Segment): void {
    if (this.#closed.shift() !== segment)
      throw new Error(`segment ${segment.path} is not the one to deliver next`);
    rmSync(segment.path, { force: true });
  }

  /** Leaves everything on disk for the next process. */
  close(): void {
    if (this.#active) closeSync(this.#active.fd);
    this.#active = undefined;
  }

  #open() {
    const id = randomUUID();
    const path = join(this.#dir, `${String(this.#sequence++).padStart(12, '0')}-${id}.segment`);
    return { fd: openSync(path, 'wx'), segment: { path, id, records: 0 }, bytes: 0 };
  }
}
