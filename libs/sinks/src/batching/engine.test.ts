import { beforeEach, describe, expect, it } from '@jest/globals';
import { ManualClock } from '../test/manual-clock.js';
import { ScriptedTransport } from '../test/scripted-transport.js';
import { BatchingEngine } from './engine.js';
import type { BatchingOptions, BatchLimits } from './options.js';

let clock: ManualClock;
let transport: ScriptedTransport<string>;
let done: string[];

beforeEach(() => {
  clock = new ManualClock();
  transport = new ScriptedTransport();
  done = [];
});

function engineWith(limits: Partial<BatchLimits> = {}, options: BatchingOptions = {}) {
  const engine = new BatchingEngine<string>(
    transport,
    { maxRecords: 3, maxBytes: 100, ordered: true, ...limits },
    { lingerMs: 100, clock, random: () => 0.5, ...options },
  );
  const add = (key: string, ...payloads: string[]): void => {
    for (const payload of payloads) {
      engine.add(key, payload, payload.length, (error) =>
        done.push(error === undefined ? payload : `${payload}!`),
      );
    }
  };
  return { engine, add };
}

describe('a batch', () => {
  it('goes when its first record has lingered', async () => {
    const { add } = engineWith();
    add('a', '1');
    await clock.advance(60);
    add('a', '2');
    await clock.advance(39);
    expect(transport.calls).toHaveLength(0);
    await clock.advance(1);
    expect(transport.batches()).toEqual([['1', '2']]);
  });

  it('goes with its record where nothing is to linger', async () => {
    const { add } = engineWith({ maxRecords: 1 }, { lingerMs: 0 });
    add('a', '1');
    add('b', '2');
    await clock.advance(0);
    expect(transport.batches()).toEqual([['1'], ['2']]);
    expect(done).toEqual([]);
    transport.calls[0]?.answer();
    await clock.advance(0);
    expect(done).toEqual(['1']);
  });

  it('goes at once when it is full, and the next one lingers by its own first record', async () => {
    const { add } = engineWith({ ordered: false });
    await clock.advance(10);
    add('a', '1', '2', '3', '4');
    expect(transport.batches()).toEqual([['1', '2', '3']]);
    await clock.advance(100);
    expect(transport.batches()).toEqual([['1', '2', '3'], ['4']]);
  });

  it('takes no more bytes than allowed', async () => {
    const { add } = engineWith({ maxBytes: 10, ordered: false });
    add('a', 'xxxxxx', 'yyyyy');
    expect(transport.batches()).toEqual([['xxxxxx']]);
    add('a', 'zzzzz');
    expect(transport.batches()).toEqual([['xxxxxx'], ['yyyyy', 'zzzzz']]);
  });

  it('holds records of one key only', async () => {
    const { add } = engineWith();
    add('a', '1');
    add('b', '2');
    add('a', '3');
    await clock.advance(100);
    expect(transport.batches()).toEqual([['1', '3'], ['2']]);
  });

  it('waits for the one before it of the same key, and fills meanwhile', async () => {
    const { add } = engineWith();
    add('a', '1', '2', '3', '4');
    await clock.advance(500);
    add('a', '5');
    add('b', '6');
    await clock.advance(100);
    expect(transport.batches()).toEqual([['1', '2', '3'], ['6']]);
    transport.calls[0]?.answer();
    await clock.advance(0);
    expect(transport.batches()).toEqual([['1', '2', '3'], ['6'], ['4', '5']]);
  });

  it('does not wait for the one before it where order does not count', async () => {
    const { add } = engineWith({ ordered: false });
    add('a', '1', '2', '3', '4', '5', '6');
    expect(transport.batches()).toEqual([
      ['1', '2', '3'],
      ['4', '5', '6'],
    ]);
  });

  it('fills while too many calls are in flight', async () => {
    const { add } = engineWith({}, { maxInFlight: 1 });
    add('a', '1');
    await clock.advance(100);
    add('b', '2');
    await clock.advance(100);
    add('b', '3');
    expect(transport.batches()).toEqual([['1']]);
    transport.calls[0]?.answer();
    await clock.advance(0);
    expect(transport.batches()).toEqual([['1'], ['2', '3']]);
  });

  it('fills while the rate limit makes it wait', async () => {
    const { add } = engineWith({}, { rate: { callsPerSecond: 1 } });
    add('a', '1');
    await clock.advance(100);
    add('b', '2');
    await clock.advance(500);
    add('b', '3');
    expect(transport.batches()).toEqual([['1']]);
    await clock.advance(500);
    expect(transport.batches()).toEqual([['1'], ['2', '3']]);
  });
});

describe('the rate limit', () => {
  it('holds for calls that are retried too', async () => {
    const { add } = engineWith({}, { rate: { callsPerSecond: 10 }, backoff: { maxMs: 1 } });
    transport.reply = () => 'retryable';
    for (let key = 0; key < 5; key += 1) add(`k${key}`, String(key));
    await clock.advance(10_000);
    expect(transport.calls.length).toBeGreaterThanOrEqual(95);
    expect(transport.calls.length).toBeLessThanOrEqual(102);
  });

  it('holds for bytes', async () => {
    const { add } = engineWith({ ordered: false }, { rate: { bytesPerSecond: 100 } });
    transport.reply = () => [];
    for (let i = 0; i < 30; i += 1) add('a', 'x'.repeat(50));
    await clock.advance(10_000);
    const bytes = transport.batches().flat().join('').length;
    expect(bytes).toBeGreaterThanOrEqual(900);
    expect(bytes).toBeLessThanOrEqual(1_150);
  });
});

describe('flush', () => {
  it('sends what lingers and settles when everything before it is done', async () => {
    const { engine, add } = engineWith();
    add('a', '1', '2', '3', '4');
    let flushed = false;
    void engine.flush().then(() => (flushed = true));
    await clock.advance(0);
    expect(transport.batches()).toEqual([['1', '2', '3']]);
    transport.calls[0]?.answer();
    await clock.advance(0);
    expect(transport.batches()[1]).toEqual(['4']);
    expect(flushed).toBe(false);
    transport.calls[1]?.answer();
    await clock.advance(0);
    expect(flushed).toBe(true);
    expect(done).toEqual(['1', '2', '3', '4']);
  });

  it('settles at once where nothing is pending', async () => {
    await expect(engineWith().engine.flush()).resolves.toBeUndefined();
  });
});

describe('close', () => {
  it('ends calls, pauses and lingering, and calls nobody back', async () => {
    const { engine, add } = engineWith();
    add('lingering', '1');
    add('in-flight', '2', '3', '4');
    add('in-backoff', '5', '6', '7');
    transport.calls[1]?.answer('throttled');
    await clock.advance(0);
    await engine.close();
    expect(transport.calls[0]?.signal.aborted).toBe(true);
    expect(clock.waiting).toBe(0);
    await clock.advance(60_000);
    expect(done).toEqual([]);
    expect(transport.calls).toHaveLength(2);
    expect(() => add('a', '8')).toThrow('after close');
  });
});

describe('the snapshot', () => {
  it('counts what was done and what is under way', async () => {
    const { engine, add } = engineWith();
    add('a', '11', '2', '3');
    add('b', '4');
    expect(engine.snapshot()).toMatchObject({
      calls: 1,
      records: 0,
      pending: 4,
      pendingBytes: 5,
      inFlight: 1,
    });
    await clock.advance(40);
    transport.calls[0]?.answer();
    await clock.advance(0);
    const snapshot = engine.snapshot();
    expect(snapshot).toMatchObject({
      records: 3,
      pending: 1,
      pendingBytes: 1,
      inFlight: 0,
      retries: 0,
      rejected: 0,
    });
    expect(snapshot.callLatency).toMatchObject({ count: 1, sumMs: 40 });
    expect(snapshot.recordLatency.buckets.find((bucket) => bucket.leMs === 25)?.count).toBe(0);
    expect(snapshot.recordLatency.buckets.find((bucket) => bucket.leMs === 50)?.count).toBe(3);
  });
});
