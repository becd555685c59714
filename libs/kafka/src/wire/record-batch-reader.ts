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
 * Reads the records of a fetch, some batches at a time: from offset `from` on, without control records and, where
 * `aborted` is given, without those of the aborted transactions it lists (what the broker sends along to a
 * read-committed reader).
 */
export class BatchesReader {
  private readonly bytes: Buffer;
  private readonly transactions: AbortedFilter | undefined;
  private at = 0;
  private nextOffset: number;

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

  /** Whether no whole batch is left. */
  get done(): boolean {
    return this.endOfNext() === undefined;
  }

  /**
   * The records of the next batches, of so many bytes or a little more. After an error nothing was taken.
   *
   * @throws KafkaError PROTOCOL where the bytes are not whole, UNSUPPORTED for a compression we cannot read
   */
  next(bytes: number): ConsumedRecord[] {
    const records: ConsumedRecord[] = [];
    const until = this.at + bytes;
    for (let end = this.endOfNext(); end !== undefined && this.at < until; end = this.endOfNext()) {
      const before = records.length;
      try {
        this.readBatch(end, records);
      } catch (error) {
        if (before === 0) throw error;
        // What stands before it is good; the next call comes to the error again.
        records.length = before;
        break;
      }
    }
    return records;
  }

  private readBatch(end: number, into: ConsumedRecord[]): void {
    const { bytes, at } = this;
    const baseOffset = readInt64(bytes, at);
    const lastDelta = bytes.readInt32BE(at + 23);
    const attributes = bytes.readInt16BE(at + 21);
    checkBatch(bytes, at, end, baseOffset);
    const control = (attributes & CONTROL) !== 0;
    const hidden =
      this.transactions !== undefined &&
      (attributes & TRANSACTIONAL) !== 0 &&
      this.transactions.hides(bytes.readBigInt64BE(at + 43), baseOffset, lastDelta, () =>
        control ? controlType(bytes, at) : undefined,
      );
    if (!control && !hidden) decodeRecords(bytes, at, end, baseOffset, attributes, this.nextOffset, into);
    this.at = end;
    this.nextOffset = Math.max(this.nextOffset, baseOffset + lastDelta + 1);
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

function decodeRecords(
  bytes: Buffer,
  at: number,
  end: number,
  baseOffset: number,
  attributes: number,
  from: number,
  into: ConsumedRecord[],
): void {
  const baseTimestamp = readInt64(bytes, at + 27);
  const appendTime = (attributes & LOG_APPEND_TIME) !== 0 ? readInt64(bytes, at + 35) : undefined;
  const count = bytes.readInt32BE(at + 57);
  const compressed = (attributes & 0x07) !== 0;
  const body = compressed
    ? decompress(attributes, bytes.subarray(at + HEADER_SIZE, end))
    : bytes.subarray(at + HEADER_SIZE, end);
  const cursor = new VarintCursor(body, 0);
  try {
    for (let index = 0; index < count; index++) {
      const size = cursor.next();
      const next = cursor.position + size;
      if (size < 0 || next > body.length) throw new RangeError(`record ${index} of ${size} bytes is cut`);
      cursor.position += 1; // attributes, unused
      const timestampDelta = cursor.next();
      const offset = baseOffset + cursor.next();
      // A batch is the broker's smallest unit: what stands before the position asked for comes along.
      if (offset >= from) {
        const key = field(cursor, next);
        const value = field(cursor, next);
        const headers = readHeaders(cursor, next);
        into.push({ key, value, headers, timestamp: appendTime ?? baseTimestamp + timestampDelta, offset });
      }
      cursor.position = next;
    }
  } catch (cause) {
    if (cause instanceof KafkaError) throw cause;
    throw new KafkaError('PROTOCOL', `the batch at offset ${baseOffset} is not a whole record batch`, {
      cause,
    });
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
    lastDelta: number,
    marker: () => 'abort' | 'commit' | undefined,
  ): boolean {
    let next = this.waiting[0];
    while (next !== undefined && next.firstOffset <= baseOffset + lastDelta) {
      this.open.add(next.producerId);
      this.waiting.shift();
      next = this.waiting[0];
    }
    if (!this.open.has(producerId)) return false;
    if (marker() === 'abort') this.open.delete(producerId);
    return true;
  }
}
