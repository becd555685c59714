import { KafkaError } from '../port/errors.js';
import type { ConsumedRecord, Header } from '../port/records.js';
import { decompress } from './compression.js';
import { crc32c } from './crc32c.js';
import type { AbortedTransaction } from './fetch.js';
import { readInt64 } from './reader.js';
import { VarintCursor } from './varint.js';

// The layout stands in record-batch-writer.ts.
const HEADER_SIZE = 61;
const LENGTH_END = 12;
const LOG_APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;
const NO_HEADERS: readonly Header[] = [];

/** The offset after the last whole batch, or `undefined` where there is none. Reads batch headers only. */
export function offsetAfter(bytes: Buffer): number | undefined {
  let after: number | undefined;
  for (let at = 0; at + HEADER_SIZE <= bytes.length;) {
    const end = at + LENGTH_END + bytes.readInt32BE(at + 8);
    if (end > bytes.length) break;
    after = readInt64(bytes, at) + bytes.readInt32BE(at + 23) + 1;
    at = end;
  }
  return after;
}

/**
 * Reads the records of a fetch, some at a time: from offset `from` on, without control records and, where `aborted` is
 * given, without those of the aborted transactions it lists (what the broker sends along to a read-committed reader).
 */
export class BatchesReader {
  private readonly bytes: Buffer;
  private readonly transactions: AbortedFilter | undefined;
  /** Where the batch begins that comes after the open one. */
  private at = 0;
  private nextOffset: number;
  /** Not read to its end. */
  private open: OpenBatch | undefined;

  constructor(bytes: Buffer, from: number, aborted: readonly AbortedTransaction[] | undefined) {
    this.bytes = bytes;
    this.nextOffset = from;
    this.transactions =
      aborted === undefined || aborted.length === 0 ? undefined : new AbortedFilter(aborted);
  }

  /** The offset after what was read. */
  get position(): number {
    return this.nextOffset;
  }

  /** Whether no record and no whole batch is left. */
  get done(): boolean {
    return this.open === undefined && this.endOfNext() === undefined;
  }

  /**
   * The next records, of so many bytes or a little more, as they are when they are not compressed: a batch can have many
   * more, and would take several times its bytes as records. After an error nothing was taken.
   *
   * @throws KafkaError PROTOCOL where the bytes are not whole, UNSUPPORTED for a compression we cannot read
   */
  next(bytes: number): ConsumedRecord[] {
    const records: ConsumedRecord[] = [];
    let left = bytes;
    while (left > 0 && !this.done) {
      try {
        this.open ??= this.openNext();
        left -= this.open?.read(left, this.nextOffset, records) ?? 0;
      } catch (error) {
        if (records.length === 0) throw error;
        // What stands before it is good; the next call comes to the error again.
        left = 0;
      }
      const last = records.at(-1);
      if (last !== undefined) this.pass(last.offset);
      if (this.open !== undefined && this.open.left <= 0) {
        this.pass(this.open.lastOffset);
        this.open = undefined;
      }
    }
    return records;
  }

  /** @returns the next batch, or `undefined` where nobody is to see what is in it: it is passed over */
  private openNext(): OpenBatch | undefined {
    const { bytes, at } = this;
    const end = this.endOfNext() ?? at;
    const batch = new OpenBatch(bytes, at, end);
    const { baseOffset, lastOffset, control } = batch;
    const hidden =
      this.transactions !== undefined &&
      batch.transactional &&
      this.transactions.hides(bytes.readBigInt64BE(at + 43), baseOffset, lastOffset, () =>
        control ? controlType(bytes, at) : undefined,
      );
    this.at = end;
    if (!control && !hidden) return batch;
    this.pass(lastOffset);
    return undefined;
  }

  private pass(offset: number): void {
    if (offset >= this.nextOffset) this.nextOffset = offset + 1;
  }

  private endOfNext(): number | undefined {
    const { bytes, at } = this;
    if (at + HEADER_SIZE > bytes.length) return undefined;
    const end = at + LENGTH_END + bytes.readInt32BE(at + 8);
    return end > bytes.length ? undefined : end;
  }
}

/** As {@link BatchesReader}, all at once. */
export function decodeBatches(
  bytes: Buffer,
  from: number,
  aborted: readonly AbortedTransaction[] | undefined,
): ConsumedRecord[] {
  const reader = new BatchesReader(bytes, from, aborted);
  const records: ConsumedRecord[] = [];
  while (!reader.done) for (const record of reader.next(bytes.length)) records.push(record);
  return records;
}

function checkBatch(bytes: Buffer, at: number, end: number, baseOffset: number): void {
  const magic = bytes.readInt8(at + 16);
  if (magic !== 2) {
    throw new KafkaError(
      'UNSUPPORTED',
      `the batch at offset ${baseOffset} has message format ${magic}, not 2`,
    );
  }
  if (crc32c(bytes, at + 21, end) !== bytes.readUInt32BE(at + 17)) {
    throw new KafkaError(
      'PROTOCOL',
      `the checksum of the batch at offset ${baseOffset} does not match its bytes`,
    );
  }
}

/** A batch whose checksum is right, and how far its records are read. */
class OpenBatch {
  readonly baseOffset: number;
  /** Of its last record, also where compaction has taken that away. */
  readonly lastOffset: number;
  readonly control: boolean;
  readonly transactional: boolean;
  /** Records not read yet. */
  left: number;
  private readonly attributes: number;
  private readonly baseTimestamp: number;
  private readonly appendTime: number | undefined;
  private readonly content: Buffer;
  /** Of the records, decompressed when the first is read. */
  private cursor: VarintCursor | undefined;

  constructor(bytes: Buffer, at: number, end: number) {
    this.baseOffset = readInt64(bytes, at);
    checkBatch(bytes, at, end, this.baseOffset);
    this.attributes = bytes.readInt16BE(at + 21);
    this.lastOffset = this.baseOffset + bytes.readInt32BE(at + 23);
    this.control = (this.attributes & CONTROL) !== 0;
    this.transactional = (this.attributes & TRANSACTIONAL) !== 0;
    this.baseTimestamp = readInt64(bytes, at + 27);
    this.appendTime = (this.attributes & LOG_APPEND_TIME) === 0 ? undefined : readInt64(bytes, at + 35);
    this.left = bytes.readInt32BE(at + 57);
    this.content = bytes.subarray(at + HEADER_SIZE, end);
  }

  /**
   * Reads records of so many bytes or a little more, those before offset `from` aside.
   *
   * @returns their bytes
   * @throws KafkaError PROTOCOL at a record that is not whole, which is not taken
   */
  read(bytes: number, from: number, into: ConsumedRecord[]): number {
    const { baseOffset, baseTimestamp, appendTime } = this;
    this.cursor ??= new VarintCursor(decompress(this.attributes, this.content), 0);
    const { cursor } = this;
    const { length } = cursor.buffer;
    const begin = cursor.position;
    const until = begin + bytes;
    let next = begin;
    try {
      for (; this.left > 0 && next < until; this.left -= 1) {
        const size = cursor.next();
        const end = cursor.position + size;
        if (size < 0 || end > length) throw new RangeError(`a record of ${size} bytes is cut`);
        cursor.position += 1; // attributes, unused
        const timestampDelta = cursor.next();
        const offset = baseOffset + cursor.next();
        // A batch is the broker's smallest unit: what stands before the position asked for comes along.
        if (offset >= from) {
          const key = field(cursor, end);
          const value = field(cursor, end);
          const headers = readHeaders(cursor, end);
          into.push({ key, value, headers, timestamp: appendTime ?? baseTimestamp + timestampDelta, offset });
        }
        cursor.position = next = end;
      }
    } catch (cause) {
      cursor.position = next;
      throw new KafkaError('PROTOCOL', `the batch at offset ${baseOffset} is not a whole record batch`, {
        cause,
      });
    }
    return next - begin;
  }
}

function field(cursor: VarintCursor, limit: number): Buffer | null {
  const size = cursor.next();
  if (size < 0) return null;
  const start = cursor.position;
  const end = start + size;
  if (end > limit) throw new RangeError(`a field of ${size} bytes is cut`);
  cursor.position = end;
  return cursor.buffer.subarray(start, end);
}

function readHeaders(cursor: VarintCursor, limit: number): readonly Header[] {
  const count = cursor.next();
  if (count === 0) return NO_HEADERS;
  const headers: Header[] = [];
  for (let index = 0; index < count; index++) {
    const name = field(cursor, limit);
    headers.push([name === null ? '' : name.toString('utf8'), field(cursor, limit)]);
  }
  return headers;
}

/** Key of a control record: version int16, type int16; 0 is an abort marker, 1 a commit marker. */
function controlType(bytes: Buffer, at: number): 'abort' | 'commit' {
  const cursor = new VarintCursor(bytes, at + HEADER_SIZE);
  cursor.next(); // record length
  cursor.position += 1;
  cursor.next(); // timestamp delta
  cursor.next(); // offset delta
  cursor.next(); // key length
  return bytes.readInt16BE(cursor.position + 2) === 0 ? 'abort' : 'commit';
}

/**
 * Follows which producers are inside an aborted transaction, batch by batch: from the transaction's first offset to
 * its abort marker (as the Java consumer's CompletedFetch does).
 */
class AbortedFilter {
  private readonly waiting: AbortedTransaction[];
  private readonly open = new Set<bigint>();

  constructor(aborted: readonly AbortedTransaction[]) {
    this.waiting = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset);
  }

  hides(
    producerId: bigint,
    baseOffset: number,
    lastOffset: number,
    marker: () => 'abort' | 'commit' | undefined,
  ): boolean {
    let next = this.waiting[0];
    while (next !== undefined && next.firstOffset <= lastOffset) {
      this.open.add(next.producerId);
      this.waiting.shift();
      next = this.waiting[0];
    }
    if (!this.open.has(producerId)) return false;
    if (marker() === 'abort') this.open.delete(producerId);
    return true;
  }
}
