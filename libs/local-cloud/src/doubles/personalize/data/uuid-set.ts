const initialSlots = 1024;
const words = 4;

/** A set of 128-bit ids in 16 bytes each: a JavaScript set of strings would take five times that, and end at 16 million. */
export class UuidSet {
  #table = new Uint32Array(initialSlots * words);
  #size = 0;
  /** The id of all zeros marks an empty slot, so it is kept apart. */
  #hasZero = false;

  get size(): number {
    return this.#size + (this.#hasZero ? 1 : 0);
  }

  /** @param id 16 bytes. @returns whether it was not there before */
  add(id: Buffer): boolean {
    const key = wordsOf(id);
    if (isZero(key)) {
      const added = !this.#hasZero;
      this.#hasZero = true;
      return added;
    }
    const at = slotOf(this.#table, key);
    if (holds(this.#table, at, key)) return false;
    this.#table.set(key, at);
    this.#size += 1;
    if (this.#size * words > this.#table.length * 0.6) this.#grow();
    return true;
  }

  has(id: Buffer): boolean {
    const key = wordsOf(id);
    return isZero(key) ? this.#hasZero : holds(this.#table, slotOf(this.#table, key), key);
  }

  /** Ids, 16 bytes each, in an order that stays until the set grows. */
  *[Symbol.iterator](): Generator<Buffer, void, undefined> {
    if (this.#hasZero) yield Buffer.alloc(16);
    for (let at = 0; at < this.#table.length; at += words) {
      const key = this.#table.subarray(at, at + words);
      if (isZero(key)) continue;
      const id = Buffer.allocUnsafe(16);
      key.forEach((word, i) => id.writeUInt32BE(word, i * 4));
      yield id;
    }
  }

  #grow(): void {
    const larger = new Uint32Array(this.#table.length * 2);
    for (let at = 0; at < this.#table.length; at += words) {
      const key = this.#table.subarray(at, at + words);
      if (!isZero(key)) larger.set(key, slotOf(larger, key));
    }
    this.#table = larger;
  }
}

const wordsOf = (id: Buffer) =>
  Uint32Array.of(id.readUInt32BE(0), id.readUInt32BE(4), id.readUInt32BE(8), id.readUInt32BE(12));

const isZero = (key: Uint32Array) => ((key[0] ?? 0) | (key[1] ?? 0) | (key[2] ?? 0) | (key[3] ?? 0)) === 0;

/** Where an id is, or where it goes. Ids of version 1 or 7 differ in few words, so all four are mixed. */
function slotOf(table: Uint32Array, key: Uint32Array): number {
  let hash = 0;
  for (const word of key) {
    hash = Math.imul(hash ^ word, 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  const slots = table.length / words;
  let at = ((hash >>> 0) & (slots - 1)) * words;
  while (!isZero(table.subarray(at, at + words)) && !holds(table, at, key)) at = (at + words) % table.length;
  return at;
}

const holds = (table: Uint32Array, at: number, key: Uint32Array) =>
  table[at] === key[0] && table[at + 1] === key[1] && table[at + 2] === key[2] && table[at + 3] === key[3];
