import { SerdeError } from './serdes.js';

/*
 * Kafka's varints: zigzag, then seven bits a byte, lowest first, the eighth saying that more follow. For 32-bit
 * integers, of which these are the ones at least 0.
 */

export function varintLength(value: number): number {
  let length = 1;
  for (let rest = value * 2; rest >= 0x80; rest = Math.floor(rest / 0x80)) length += 1;
  return length;
}

export function writeVarint(data: Buffer, value: number, at: number): void {
  let rest = value * 2;
  let index = at;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) {
    data[index] = (rest % 0x80) | 0x80;
    index += 1;
  }
  data[index] = rest;
}

/** @throws SerdeError where the bytes end too soon, or hold no length */
export function readVarint(data: Buffer, at: number): { readonly value: number; readonly end: number } {
  let value = 0;
  let factor = 1;
  for (let index = at; index < data.length && index < at + 5; index += 1) {
    const byte = data[index] ?? 0;
    value += (byte % 0x80) * factor;
    factor *= 0x80;
    if (byte < 0x80) {
      if (value % 2 !== 0) break;
      return { value: value / 2, end: index + 1 };
    }
  }
  throw new SerdeError(`no length at byte ${at} of ${data.length}`);
}
