import { describe, expect, it } from '@jest/globals';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Fifo } from './fifo.js';

describe('Fifo', () => {
  it('gives items back in their order', () => {
    const fifo = new Fifo<number>();
    for (let item = 0; item < 1_000; item += 1) fifo.push(item);
    for (let item = 0; item < 600; item += 1) expect(fifo.shift()).toBe(item);
    expect(fifo.size).toBe(400);
    expect(fifo.peek()).toBe(600);
  });

  it('does not hold what was taken', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const fifo = new Fifo<object>();
    fifo.push({});
    fifo.push({});
    const taken = new WeakRef(fifo.shift() as object);
    // A WeakRef keeps its target until the turn that made it is over.
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    expect(taken.deref()).toBeUndefined();
    expect(fifo.size).toBe(1);
  });
});
