/** Pieces of the time to live in which entries are looked at together. */
const PIECES = 16;

/** Which entries have outlived their time: those of a piece of time are looked at when it is over. */
export class Expiry {
  readonly #ttlMs: number;
  readonly #pieceMs: number;
  /** By piece of time, the keys that had an entry of it. */
  readonly #pieces = new Map<number, Set<string>>();
  #oldest = Number.POSITIVE_INFINITY;

  /** @param ttlMs above 0 */
  constructor(ttlMs: number) {
    this.#ttlMs = ttlMs;
    this.#pieceMs = Math.max(1, Math.floor(ttlMs / PIECES));
  }

  endOf(timestamp: number): number {
    return timestamp + this.#ttlMs;
  }

  isOver(timestamp: number, streamTime: number): boolean {
    return timestamp + this.#ttlMs <= streamTime;
  }

  add(key: Buffer, timestamp: number): void {
    const piece = Math.floor(timestamp / this.#pieceMs);
    const id = key.toString('latin1');
    const keys = this.#pieces.get(piece);
    if (keys === undefined) this.#pieces.set(piece, new Set([id]));
    else keys.add(id);
    if (piece < this.#oldest) this.#oldest = piece;
  }

  /** The keys of entries that may be over, each once; up to a piece of time later than they are. */
  take(streamTime: number): readonly Buffer[] {
    const end = Math.floor((streamTime - this.#ttlMs + 1) / this.#pieceMs);
    if (this.#oldest >= end) return [];
    const taken = new Set<string>();
    this.#oldest = Number.POSITIVE_INFINITY;
    for (const [piece, keys] of this.#pieces) {
      if (piece < end) {
        for (const id of keys) taken.add(id);
        this.#pieces.delete(piece);
      } else if (piece < this.#oldest) {
        this.#oldest = piece;
      }
    }
    return Array.from(taken, (id) => Buffer.from(id, 'latin1'));
  }
}
