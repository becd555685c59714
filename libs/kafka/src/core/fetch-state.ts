import type { RecordBatch, TopicPartition } from '../port/records.js';
import type { AbortedTransaction } from '../wire/fetch.js';
import { BatchesReader } from '../wire/record-batch-reader.js';

/** What one fetch brought, not yet decoded. */
export interface Chunk {
  readonly bytes: Buffer;
  readonly from: number;
  readonly nextOffset: number;
  readonly aborted: readonly AbortedTransaction[] | undefined;
  readonly highWatermark: number;
}

/** Chunks kept ready a partition: one being handed out, one on its way. */
const MAX_CHUNKS = 2;
/** Decoded at a time: records take several times as much as objects, and what is taken is to die young. Bytes. */
const TAKE_BYTES = 64 * 1024;

/** Fetching of one partition: where it stands, and what is at hand. */
export class FetchState implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  paused = false;
  /** Counts seeks, so that an answer to a fetch made before one is told apart. */
  epoch = 0;
  /** When it last brought something: those that waited longest are asked for first. */
  served = 0;
  /** Not to be fetched before: milliseconds since the epoch. */
  notBefore = 0;
  /** Fetches that failed since one did not. */
  failures = 0;
  /** The offset after the last record there is for this reader, as of the last answer; `undefined` before. */
  endOffset: number | undefined;
  /** Where the next fetch begins; `undefined` until it is known. */
  fetchOffset: number | undefined;
  private chunks: Chunk[] = [];
  /** Of the first chunk, once some of it was handed out. */
  private reader: BatchesReader | undefined;
  private bytes = 0;

  constructor({ topic, partition }: TopicPartition, offset: number | undefined) {
    this.topic = topic;
    this.partition = partition;
    this.fetchOffset = offset;
  }

  get bufferedBytes(): number {
    return this.bytes;
  }

  get empty(): boolean {
    return this.chunks.length === 0;
  }

  get full(): boolean {
    return this.chunks.length >= MAX_CHUNKS;
  }

  get ready(): boolean {
    return !this.paused && this.chunks.length > 0;
  }

  /** The next offset to hand out. */
  get position(): number | undefined {
    return this.reader?.position ?? this.chunks[0]?.from ?? this.fetchOffset;
  }

  add(chunk: Chunk): void {
    this.chunks.push(chunk);
    this.bytes += chunk.bytes.length;
    this.fetchOffset = chunk.nextOffset;
  }

  seek(offset: number | undefined): void {
    this.epoch++;
    this.chunks = [];
    this.reader = undefined;
    this.bytes = 0;
    this.notBefore = 0;
    this.failures = 0;
    this.endOffset = undefined;
    this.fetchOffset = offset;
  }

  /** Gives up what is at hand; it is fetched again when it is wanted. */
  release(): void {
    if (!this.empty) this.seek(this.position);
  }

  /** Decodes some more of the first chunk; what cannot be decoded stays, so that nothing is passed over. */
  take(): RecordBatch | undefined {
    const [chunk] = this.chunks;
    if (chunk === undefined) return undefined;
    const { topic, partition } = this;
    const { highWatermark } = chunk;
    this.reader ??= new BatchesReader(chunk.bytes, chunk.from, chunk.aborted);
    const records = this.reader.next(TAKE_BYTES);
    const nextOffset = this.reader.position;
    if (this.reader.done) {
      this.chunks.shift();
      this.reader = undefined;
      this.bytes -= chunk.bytes.length;
    }
    return { topic, partition, records, nextOffset, highWatermark };
  }
}
