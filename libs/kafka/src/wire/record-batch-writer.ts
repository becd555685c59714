import type { ProducerRecord } from '../port/records.js';
import { codecBits, compress, type Compression } from './compression.js';
import { crc32c } from './crc32c.js';
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

/** A batch ready to be stamped and sent. */
export interface EncodedBatch {
  readonly bytes: Buffer;
  readonly count: number;
}

/** No less than the record takes in a batch. Bytes. */
export function recordSize(record: ProducerRecord): number {
  let size = RECORD_OVERHEAD + (record.key?.length ?? 0) + (record.value?.length ?? 0);
  if (record.headers !== undefined) {
    for (const [name, value] of record.headers) size += 10 + headerName(name).length + (value?.length ?? 0);
  }
  return size;
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
  let bytes = Buffer.allocUnsafe(HEADER_SIZE + size);
  const baseTimestamp = records[0]?.record.timestamp ?? now;
  let maxTimestamp = baseTimestamp;
  let at = HEADER_SIZE;
  for (let index = 0; index < records.length; index++) {
    const { record } = records[index] as { readonly record: ProducerRecord };
    const timestamp = record.timestamp ?? now;
    if (timestamp > maxTimestamp) maxTimestamp = timestamp;
    at = writeRecord(bytes, record, index, timestamp - baseTimestamp, at);
  }

  if (compression === 'none') {
    bytes = bytes.subarray(0, at);
  } else {
    bytes = Buffer.concat([
      bytes.subarray(0, HEADER_SIZE),
      compress(compression, bytes.subarray(HEADER_SIZE, at)),
    ]);
  }
  writeInt64(bytes, 0, 0);
  bytes.writeInt32BE(bytes.length - 12, 8);
  bytes.writeInt32BE(-1, 12);
  bytes.writeInt8(MAGIC, 16);
  bytes.writeInt16BE(codecBits(compression) | (transactional ? TRANSACTIONAL : 0), 21);
  bytes.writeInt32BE(records.length - 1, 23);
  writeInt64(bytes, baseTimestamp, 27);
  writeInt64(bytes, maxTimestamp, 35);
  bytes.writeInt32BE(records.length, 57);
  return { bytes, count: records.length };
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
  record: ProducerRecord,
  offsetDelta: number,
  timestampDelta: number,
  position: number,
): number {
  const { key, value } = record;
  const headers = record.headers ?? [];
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
  const at = writeVarint(buffer, field.length, position);
  buffer.set(field, at);
  return at + field.length;
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
