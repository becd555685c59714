import { describe, expect, it } from '@jest/globals';
import { LruCache } from './lru.js';
import { SingleFlight } from './single-flight.js';

describe('an LRU cache', () => {
  it('drops what was not used for longest, never more than it holds', () => {
    const cache = new LruCache<number>(2);
    cache.set('a', 1);
    cache.set('b', 2);
    expect(cache.get('a')).toBe(1);
    cache.set('c', 3);
    expect([cache.get('a'), cache.get('b'), cache.get('c'), cache.size]).toEqual([1, undefined, 3, 2]);
  });

  it('replaces a value in place', () => {
    const cache = new LruCache<number>(2);
    cache.set('a', 1);
    cache.set('b', 2);
    cache.set('a', 3);
    expect([cache.size, cache.get('a'), cache.get('b')]).toEqual([2, 3, 2]);
  });

  it.each([0, -1, 1.5, NaN])('has no capacity of %d', (capacity) => {
    expect(() => new LruCache(capacity)).toThrow(RangeError);
  });
});

describe('a single flight', () => {
  it('asks once for all who wait, and again afterwards', async () => {
    const flights = new SingleFlight<number>();
    let calls = 0;
    let land: (value: number) => void = () => undefined;
    const call = () => new Promise<number>((resolve) => ((calls += 1), (land = resolve)));
    const [first, second] = [flights.run('a', call), flights.run('a', call)];
    land(7);
    expect([await first, await second, calls]).toEqual([7, 7, 1]);
    const third = flights.run('a', call);
    land(8);
    expect([await third, calls]).toEqual([8, 2]);
  });

  it('gives all the same error, and does not keep it', async () => {
    const flights = new SingleFlight<number>();
    const fail = () => Promise.reject(new Error('no'));
    const [first, second] = await Promise.allSettled([flights.run('a', fail), flights.run('a', fail)]);
    expect([first.status, second.status]).toEqual(['rejected', 'rejected']);
    await expect(flights.run('a', () => Promise.resolve(1))).resolves.toBe(1);
  });
});
