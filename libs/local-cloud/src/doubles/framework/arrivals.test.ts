import { describe, expect, it } from '@jest/globals';
import { Arrivals } from './arrivals.js';

const body = (...ids: string[]) =>
  Buffer.from(JSON.stringify({ events: ids.map((eventId) => ({ eventId })) }));

describe('arrivals', () => {
  it('are not noted until started', () => {
    const arrivals = new Arrivals();
    arrivals.record(body('a'), 1);
    expect(arrivals.toJSON()).toEqual({});
  });

  it('keep the first time an id came, until stopped', () => {
    const arrivals = new Arrivals();
    arrivals.start();
    arrivals.record(body('a', 'b'), 1);
    arrivals.record(body('b', 'c'), 2);
    arrivals.record(undefined, 3);
    expect(arrivals.toJSON()).toEqual({ a: 1, b: 1, c: 2 });
    arrivals.stop();
    expect(arrivals.toJSON()).toEqual({});
  });
});
