import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { murmur2, partitionFor } from './partitioner.js';

interface Vector {
  readonly key: string;
  readonly murmur2: number;
  readonly of4: number;
  readonly of7: number;
  readonly of1000: number;
}

// Made by the Java client itself: see Vectors.java next to it.
const vectors = JSON.parse(
  readFileSync(new URL('./test/murmur2/vectors.json', import.meta.url), 'utf8'),
) as Vector[];

describe('the partition of a key', () => {
  it.each(vectors)('is that of the Java client for $key', (vector) => {
    const key = Buffer.from(vector.key, 'hex');
    expect(murmur2(key)).toBe(vector.murmur2);
    expect(partitionFor(key, 4)).toBe(vector.of4);
    expect(partitionFor(key, 7)).toBe(vector.of7);
    expect(partitionFor(key, 1000)).toBe(vector.of1000);
  });
});
