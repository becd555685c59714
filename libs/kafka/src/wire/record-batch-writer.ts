import type { RecordsBatch } from '../port/producer.js';
import type { Header, ProducerRecord } from '../port/records.js';
import { codecBits, compress, type Compression } from './compression.js';
import { crc32c } from './crc32c.js';
import { decodeBatches } from './record-batch-reader.js';
import { varintSize, varlongSize, writeVarint, writeVarlong } from './varint.js';
import { writeInt64 } from './writer.js';

/*
 * Record batch, format 2 (https://kafka.apache.org/documentation/#recordbatch):
 *
 *    0 base offset          int64     27 base timestamp   int64
 *    8 length after here    int32     35 max timestamp    int64
 *   12 leader epoch         int32     43 producer id      int64
 *   16 magic, 2             int8      51 producer epoch   int16
 *   17 CRC-32C of the rest  uint32    53 base sequence    int32
 *   21 attributes           int16     57 record count     int32
 *   23 last offset delta    int32     61 records, compressed as a whole
 *
 * Record: length varint, attributes int8, timestamp delta varlong, offset delta varint, key length varint (−1: null),
 * key, value length varint (−1: null), value, header count varint, and each header: name length varint, name,
 * value length varint (−1: null), value.
 */
const HEADER_SIZE = 61;
const MAGIC = 2;
const TRANSACTIONAL = 0x10;
/** Above the length prefixes and deltas of any record. */
const RECORD_OVERHEAD = 45;
/** Fewer bytes are copied faster one by one than by a call. */
const SHORT = 12;
const FIRST_CAPACITY = 4 * 1024;
const NO_PRODUCER = -1n;
const NO_HEADERS: readonly Header[] = [];

/** A batch ready to be stamped and sent. */
export interface EncodedBatch {
  readonly bytes: Buffer;
  readonly count: number;
}

/** No less than the record takes in a batch. Bytes. */
export function recordSize(record: ProducerRecord): number {
  return sizeOf(record.key, record.value, record.headers ?? NO_HEADERS);
}

function sizeOf(key: Buffer | null, value: Buffer | null, headers: readonly Header[]): number {
  let size = RECORD_OVERHEAD + (key === null ? 0 : key.length) + (value === null ? 0 : value.length);
  for (const [name, content] of headers) size += 10 + headerName(name).length + (content?.length ?? 0);
  return size;
}

/** A batch that grows record by record, written as it is sent: nothing is kept of a record but its bytes. */
export class BatchBuilder implements RecordsBatch {
  private buffer: Buffer;
  private at = HEADER_SIZE;
  private records = 0;
  private largestSize = 0;
  private baseTimestamp = 0;
  private maxTimestamp = 0;

  /** @param capacity bytes that are there from the beginning; more are made when they are needed */
  constructor(capacity = FIRST_CAPACITY) {
    this.buffer = Buffer.allocUnsafe(Math.max(capacity, HEADER_SIZE));
  }

  get count(): number {
    return this.records;
  }

  /** Bytes, before any compression. */
  get size(): number {
    return this.at;
  }

  /** Bytes of the largest record. */
  get largest(): number {
    return this.largestSize;
  }

  /**
   * @param timestamp milliseconds since the epoch
   * @param limit bytes that the batch may have, if it is of more than one record
   * @returns false where the record does not fit
   */
  append(
    key: Buffer | null,
    value: Buffer | null,
    headers: readonly Header[],
    timestamp: number,
    limit: number,
  ): boolean {
    const needed = this.at + sizeOf(key, value, headers);
    if (needed > limit && this.records > 0) return false;
    if (needed > this.buffer.length) this.grow(needed);
    if (this.records === 0) this.baseTimestamp = this.maxTimestamp = timestamp;
    else if (timestamp > this.maxTimestamp) this.maxTimestamp = timestamp;
    const end = writeRecord(
      this.buffer,
      key,
      value,
      headers,
      this.records,
      timestamp - this.baseTimestamp,
      this.at,
    );
    if (end - this.at > this.largestSize) this.largestSize = end - this.at;
    this.at = end;
    this.records += 1;
    return true;
  }

  /** Writes the header but for what {@link stampBatch} does. The bytes are the builder's own: append no more. */
  seal(compression: Compression, transactional: boolean): EncodedBatch {
    let bytes = this.buffer.subarray(0, this.at);
    if (compression !== 'none') {
      bytes = Buffer.concat([
        bytes.subarray(0, HEADER_SIZE),
        compress(compression, bytes.subarray(HEADER_SIZE)),
      ]);
    }
    writeInt64(bytes, 0, 0);
    bytes.writeInt32BE(bytes.length - 12, 8);
    bytes.writeInt32BE(-1, 12);
    bytes.writeInt8(MAGIC, 16);
    bytes.writeInt16BE(codecBits(compression) | (transactional ? TRANSACTIONAL : 0), 21);
    bytes.writeInt32BE(this.records - 1, 23);
    writeInt64(bytes, this.baseTimestamp, 27);
    writeInt64(bytes, this.maxTimestamp, 35);
    bytes.writeInt32BE(this.records, 57);
    return { bytes, count: this.records };
  }

  decoded(): readonly ProducerRecord[] {
    return decodeBatches(stampBatch(this.seal('none', false), NO_PRODUCER, -1, -1), 0, undefined);
  }

  private grow(needed: number): void {
    const grown = Buffer.allocUnsafe(Math.max(needed, this.buffer.length * 2));
    this.buffer.copy(grown, 0, 0, this.at);
    this.buffer = grown;
  }
}

/**
 * @param size no less than the sum of the records' {@link recordSize}
 * @param now the timestamp of records without one, milliseconds
 */
export function encodeBatch(
  records: readonly { readonly record: ProducerRecord }[],
  size: number,
  now: number,
  compression: Compression,
  transactional: boolean,
): EncodedBatch {
  const builder = new BatchBuilder(HEADER_SIZE + size);
  for (const { record } of records) {
    const { key, value, headers = NO_HEADERS, timestamp = now } = record;
    builder.append(key, value, headers, timestamp, Number.POSITIVE_INFINITY);
  }
  return builder.seal(compression, transactional);
}

/** Writes who sends the batch and its place in that producer's sequence, then the checksum. */
export function stampBatch(
  batch: EncodedBatch,
  producerId: bigint,
  producerEpoch: number,
  sequence: number,
): Buffer {
  const { bytes } = batch;
  bytes.writeBigInt64BE(producerId, 43);
  bytes.writeInt16BE(producerEpoch, 51);
  bytes.writeInt32BE(sequence, 53);
  bytes.writeUInt32BE(crc32c(bytes, 21), 17);
  return bytes;
}

function writeRecord(
  buffer: Buffer,
  key: Buffer | null,
  value: Buffer | null,
  headers: readonly Header[],
  offsetDelta: number,
  timestampDelta: number,
  position: number,
): number {
  let size = 1 + varlongSize(timestampDelta) + varintSize(offsetDelta) + fieldSize(key) + fieldSize(value);
  size += varintSize(headers.length);
  for (const [name, content] of headers) size += fieldSize(headerName(name)) + fieldSize(content);

  let at = writeVarint(buffer, size, position);
  buffer[at++] = 0;
  at = writeVarlong(buffer, timestampDelta, at);
  at = writeVarint(buffer, offsetDelta, at);
  at = writeField(buffer, key, at);
  at = writeField(buffer, value, at);
  at = writeVarint(buffer, headers.length, at);
  for (const [name, content] of headers) {
    at = writeField(buffer, headerName(name), at);
    at = writeField(buffer, content, at);
  }
  return at;
}

function fieldSize(field: Buffer | null): number {
  return field === null ? 1 : varintSize(field.length) + field.length;
}

function writeField(buffer: Buffer, field: Buffer | null, position: number): number {
  if (field === null) return writeVarint(buffer, -1, position);
  const { length } = field;
  const at = writeVarint(buffer, length, position);
  if (length < SHORT)
    for (let index = 0; index < length; index++) buffer[at + index] = field[index] as number;
  else buffer.set(field, at);
  return at + length;
}

/** The same few names stand on every record. */
const names = new Map<string, Buffer>();

function headerName(name: string): Buffer {
  let bytes = names.get(name);
  if (bytes === undefined) {
    bytes = Buffer.from(name);
    if (names.size < 1000) names.set(name, bytes);
  }
  return bytes;
}
