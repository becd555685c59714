/** Longest piece before it is halved. */
const PIECE = 512;

/**
 * A set of strings in order: sorted pieces of at most {@link PIECE}, so that an insertion moves a few hundred
 * references and not all of them.
 */
export class OrderedKeys {
  readonly #pieces: string[][] = [];

  constructor(keys: Iterable<string>) {
    const sorted = [...keys].sort();
    for (let at = 0; at < sorted.length; at += PIECE / 2) this.#pieces.push(sorted.slice(at, at + PIECE / 2));
  }

  /** `key` must not be in the set. */
  add(key: string): void {
    const index = this.#pieceOf(key);
    const piece = this.#pieces[index];
    if (piece === undefined) {
      this.#pieces.push([key]);
      return;
    }
    piece.splice(firstAtLeast(piece, key), 0, key);
    if (piece.length > PIECE) this.#pieces.splice(index + 1, 0, piece.splice(PIECE / 2));
  }

  delete(key: string): void {
    const index = this.#pieceOf(key);
    const piece = this.#pieces[index];
    if (piece === undefined) return;
    const at = firstAtLeast(piece, key);
    if (piece[at] !== key) return;
    piece.splice(at, 1);
    if (piece.length === 0) this.#pieces.splice(index, 1);
  }

  /** The first keys of at least `from` and below `to`, as they are now. */
  range(from: string, to: string | undefined, limit = Number.POSITIVE_INFINITY): readonly string[] {
    const found: string[] = [];
    for (let index = this.#pieceOf(from); index < this.#pieces.length; index += 1) {
      const piece = this.#pieces[index] ?? [];
      const first = firstAtLeast(piece, from);
      const end = to === undefined ? piece.length : firstAtLeast(piece, to);
      for (let at = first; at < end && found.length < limit; at += 1) found.push(piece[at] ?? '');
      if (end < piece.length || found.length >= limit) break;
    }
    return found;
  }

  /** The last piece that begins at or before the key, or the first. */
  #pieceOf(key: string): number {
    let low = 0;
    let high = this.#pieces.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#pieces[middle]?.[0] ?? '') <= key) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }
}

function firstAtLeast(sorted: readonly string[], key: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The least string above all that begin with this one, of Latin-1 characters; absent where there is none. */
export function endOfPrefix(prefix: string): string | undefined {
  let end = prefix.length;
  while (end > 0 && prefix.charCodeAt(end - 1) === 0xff) end -= 1;
  if (end === 0) return undefined;
  return prefix.slice(0, end - 1) + String.fromCharCode(prefix.charCodeAt(end - 1) + 1);
}
