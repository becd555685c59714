import { createHash } from 'node:crypto';
import { UuidSet } from './uuid-set.js';

interface Generation {
  readonly uuids: UuidSet;
  /** Ids in any other form, as they came. */
  readonly others: Set<string>;
}

const emptyGeneration = (): Generation => ({ uuids: new UuidSet(), others: new Set() });
const sizeOf = ({ uuids, others }: Generation) => uuids.size + others.size;

/** Part of the ids, as a journal's snapshot keeps them. */
export interface EventIdsEntry {
  readonly generation: 'previous' | 'current';
  /** 16 bytes each, base64. */
  readonly uuids?: string;
  readonly others?: readonly string[];
}

/**
 * Which events were seen: "Any subsequent events after the first with the same event ID are not used in model training"
 * (https://docs.aws.amazon.com/personalize/latest/dg/API_UBS_Event.html). Memory is bounded by two generations: when
 * the newer is full, the older is forgotten. The number of distinct ids keeps counting.
 */
export class EventIds {
  readonly #perGeneration: number;
  #previous = emptyGeneration();
  #current = emptyGeneration();
  #distinct = 0;

  constructor(perGeneration: number) {
    this.#perGeneration = perGeneration;
  }

  get distinct(): number {
    return this.#distinct;
  }

  /** @returns whether the id is new */
  add(id: string): boolean {
    const bytes = uuidBytes(id);
    if (bytes ? this.#previous.uuids.has(bytes) : this.#previous.others.has(id)) return false;
    const { uuids, others } = this.#current;
    if (bytes) {
      if (!uuids.add(bytes)) return false;
    } else {
      if (others.has(id)) return false;
      others.add(id);
    }
    this.#distinct += 1;
    if (sizeOf(this.#current) >= this.#perGeneration) {
      this.#previous = this.#current;
      this.#current = emptyGeneration();
    }
    return true;
  }

  /** The remembered ids as they were given. */
  *ids(): Generator<string, void, undefined> {
    for (const { uuids, others } of [this.#previous, this.#current]) {
      for (const bytes of uuids) yield uuidText(bytes);
      yield* others;
    }
  }

  *snapshot(): Generator<EventIdsEntry, void, undefined> {
    const chunk = 8_192;
    for (const [generation, { uuids, others }] of [
      ['previous', this.#previous],
      ['current', this.#current],
    ] as const) {
      let ids: Buffer[] = [];
      for (const id of uuids) {
        ids.push(id);
        if (ids.length < chunk) continue;
        yield { generation, uuids: Buffer.concat(ids).toString('base64') };
        ids = [];
      }
      if (ids.length > 0) yield { generation, uuids: Buffer.concat(ids).toString('base64') };
      if (others.size > 0) yield { generation, others: [...others] };
    }
  }

  /** Takes back part of a snapshot. @param distinct how many ids the snapshot counts in all */
  restore(entry: EventIdsEntry, distinct: number): void {
    const { uuids, others } = entry.generation === 'previous' ? this.#previous : this.#current;
    const bytes = Buffer.from(entry.uuids ?? '', 'base64');
    for (let at = 0; at + 16 <= bytes.length; at += 16) uuids.add(bytes.subarray(at, at + 16));
    for (const id of entry.others ?? []) others.add(id);
    this.#distinct = distinct;
  }
}

/** An id made of content, for events that have none of their own. */
export const contentId = (...content: readonly (string | number)[]) =>
  uuidText(createHash('md5').update(JSON.stringify(content)).digest());

const hyphens = [8, 13, 18, 23];

/** The bytes of a UUID in its canonical form; other spellings are other ids. */
function uuidBytes(id: string): Buffer | undefined {
  if (id.length !== 36) return undefined;
  for (const at of hyphens) if (id.charCodeAt(at) !== 0x2d) return undefined;
  const bytes = Buffer.allocUnsafe(16);
  for (let at = 0, nibble = 0; at < 36; at++) {
    if (at === 8 || at === 13 || at === 18 || at === 23) continue;
    const code = id.charCodeAt(at);
    let value: number;
    if (code >= 0x30 && code <= 0x39) value = code - 0x30;
    else if (code >= 0x61 && code <= 0x66) value = code - 0x57;
    else return undefined;
    const byte = nibble >> 1;
    bytes[byte] = nibble % 2 === 0 ? value << 4 : (bytes[byte] ?? 0) | value;
    nibble += 1;
  }
  return bytes;
}

function uuidText(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
