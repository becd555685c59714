import { rmSync } from 'node:fs';
import { SegmentQueue, type Segment, type SegmentContent } from './segments.js';

/** What a lane's destination does with a buffer: it settles only when all of it is where it belongs. */
export type Deliver = (segment: Segment, content: SegmentContent, signal: AbortSignal) => Promise<void>;

export interface LaneOptions {
  readonly dir: string;
  /** Buffering hints: whichever is reached first starts a delivery. An interval of 0 delivers as soon as possible. */
  readonly sizeBytes: number;
  readonly intervalMs: number;
  readonly deliver: Deliver;
  readonly log: (message: string) => void;
}

/** How far a buffer may outgrow its size hint while deliveries are behind: it is delivered from memory. */
const mostGrowth = (sizeBytes: number) => Math.min(4 * sizeBytes, sizeBytes + 16 * 1024 * 1024);

/**
 * One destination of a delivery stream: journals records, buffers them, delivers buffer after buffer in order, and
 * forgets a buffer only when it was delivered. While delivery is behind, the buffer grows: "When data delivery to the
 * destination falls behind data writing to the delivery stream, Firehose raises the buffer size dynamically"
 * (https://docs.aws.amazon.com/firehose/latest/dev/basic-deliver.html).
 */
export class DeliveryLane {
  readonly #options: LaneOptions;
  readonly #queue: SegmentQueue;
  readonly #stop = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  /** The open buffer is to be delivered as soon as the lane is free. */
  #due = false;
  #running: Promise<void> | undefined;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#queue = new SegmentQueue(options.dir);
    if (this.#queue.next) this.#run();
  }

  /** Records accepted and not yet delivered. */
  get pending(): number {
    return this.#queue.records;
  }

  /** @returns what takes the records out again, where a sibling lane could not take them */
  journal(frames: Buffer, records: number): () => void {
    return this.#queue.append(frames, records);
  }

  /** Looks at the buffering hints, after records were journaled. */
  accepted(): void {
    const { sizeBytes, intervalMs } = this.#options;
    const bytes = this.#queue.openBytes;
    if (bytes >= sizeBytes) {
      if (this.#running && bytes < mostGrowth(sizeBytes)) this.#due = true;
      else this.#sealAndRun();
    } else if (intervalMs === 0) {
      this.#becomeDue();
    } else {
      this.#timer ??= setTimeout(() => this.#becomeDue(), intervalMs);
    }
  }

  /** Delivers what is buffered now, without waiting for the hints. */
  async flush(): Promise<void> {
    this.#sealAndRun();
    await this.#running;
  }

  /** Stops without delivering; what is buffered stays journaled. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#stop.abort();
    await this.#running;
    this.#queue.close();
  }

  /** Closes, and drops what is buffered. */
  async discard(): Promise<void> {
    await this.close();
    rmSync(this.#options.dir, { recursive: true, force: true });
  }

  #becomeDue(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#running) this.#due = true;
    else this.#sealAndRun();
  }

  #seal(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#due = false;
    this.#queue.seal();
  }

  #sealAndRun(): void {
    this.#seal();
    this.#run();
  }

  #run(): void {
    if (this.#running || !this.#queue.next) return;
    this.#running = this.#deliverAll().finally(() => {
      this.#running = undefined;
    });
  }

  async #deliverAll(): Promise<void> {
    for (let segment = this.#queue.next; segment; segment = this.#queue.next) {
      try {
        await this.#options.deliver(segment, this.#queue.read(segment), this.#stop.signal);
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        this.#options.log(
          `delivery of ${segment.path} stopped, it is tried again with the next records: ${String(error)}`,
        );
        return;
      }
      this.#queue.remove(segment);
      if (this.#due) this.#seal();
    }
  }
}
