import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '../test/manual-clock.js';
import { BatchingEngine } from './engine.js';
import type { BatchTransport } from './transport.js';

const LINGER_MS = 100;
const MAX_RECORDS = 10;

interface Arrival {
  readonly at: number;
  readonly key: string;
}

/** The least number of calls that can carry these records, none of them waiting longer than the linger. */
function leastCalls(arrivals: readonly Arrival[]): number {
  const open = new Map<string, { until: number; room: number }>();
  let calls = 0;
  for (const { at, key } of arrivals) {
    const batch = open.get(key);
    if (batch !== undefined && at <= batch.until && batch.room > 0) {
      batch.room -= 1;
    } else {
      calls += 1;
      open.set(key, { until: at + LINGER_MS, room: MAX_RECORDS - 1 });
    }
  }
  return calls;
}

/** A pseudo-random sequence in [0, 1), the same at each run. */
function* sequence(seed: number): Generator<number, never> {
  for (let state = seed; ;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

/** `perSecond` records a second over 4 seconds, as `keys` listeners with unlike activity make them. */
function load(perSecond: number, keys: number): Arrival[] {
  const random = sequence(perSecond + keys);
  const arrivals: Arrival[] = [];
  for (let at = 0; at < 4_000;) {
    at += (-Math.log(1 - random.next().value) / perSecond) * 1_000;
    arrivals.push({ at, key: `k${Math.floor(random.next().value ** 2 * keys)}` });
  }
  return arrivals;
}

describe.each([
  ['few records', 50, 20],
  ['1,000 records a second', 1_000, 400],
  ['5,000 records a second', 5_000, 400],
])('%s', (_name, perSecond, keys) => {
  it('take at most 1.2 times the least calls possible under the linger', async () => {
    const arrivals = load(perSecond, keys);
    const clock = new ManualClock();
    let calls = 0;
    const late: number[] = [];
    const transport: BatchTransport<Arrival> = {
      name: 'counting',
      send: async (batch) => {
        calls += 1;
        late.push(clock.now() - (batch[0]?.at ?? 0));
        await new Promise<void>((resolve) => clock.after(20, resolve));
        return [];
      },
      classify: () => ({ verdict: 'retryable', code: '', message: '' }),
    };
    const engine = new BatchingEngine(
      transport,
      { maxRecords: MAX_RECORDS, maxBytes: Infinity, ordered: true },
      { lingerMs: LINGER_MS, clock, maxInFlight: 64 },
    );
    let done = 0;
    for (const arrival of arrivals) {
      await clock.advance(arrival.at - clock.now());
      engine.add(arrival.key, arrival, 1, () => (done += 1));
    }
    await clock.advance(1_000);
    expect(done).toBe(arrivals.length);
    expect(calls).toBeLessThanOrEqual(1.2 * leastCalls(arrivals));
    // And not by waiting: only a call of the same key under way makes a batch wait longer than its linger.
    expect(Math.max(...late)).toBeLessThanOrEqual(LINGER_MS + 20 + 1);
  });
});
