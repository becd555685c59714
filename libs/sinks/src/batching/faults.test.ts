import { beforeEach, describe, expect, it } from '@jest/globals';
import { RejectedRecordError } from '@mesh/streams';
import { ManualClock } from '../test/manual-clock.js';
import { ScriptedTransport } from '../test/scripted-transport.js';
import { BatchingEngine } from './engine.js';
import type { RecordFailure, Verdict } from './transport.js';

let clock: ManualClock;
let transport: ScriptedTransport<string>;
let outcomes: Map<string, Error | undefined>;
let logged: string[];

beforeEach(() => {
  clock = new ManualClock();
  transport = new ScriptedTransport();
  outcomes = new Map();
  logged = [];
});

function engineWith(ordered = true) {
  const log = (_fields: object, message: string): void => void logged.push(message);
  const engine = new BatchingEngine<string>(
    transport,
    { maxRecords: 8, maxBytes: 1_000, ordered },
    {
      lingerMs: 10,
      clock,
      random: () => 0.5,
      backoff: { baseMs: 100, maxMs: 1_000 },
      logger: { info: log, warn: log, error: log },
    },
  );
  const add = (key: string, ...payloads: string[]): void => {
    for (const payload of payloads) {
      engine.add(key, payload, 1, (error) => {
        if (outcomes.has(payload)) throw new Error(`${payload} was done twice`);
        outcomes.set(payload, error);
      });
    }
  };
  return { engine, add };
}

const failed = (index: number, verdict: Verdict = 'retryable'): RecordFailure => ({
  index,
  verdict,
  code: 'InternalFailure',
  message: 'try again',
});

describe('a call that fails', () => {
  it('is made again with pauses that grow up to the bound, for as long as it takes', async () => {
    const at: number[] = [];
    transport.reply = (_batch, call) => {
      at.push(clock.now());
      return call < 9 ? 'retryable' : [];
    };
    const { engine, add } = engineWith();
    add('a', '1', '2');
    await clock.advance(60_000);
    const pauses = at.slice(1).map((time, i) => time - (at[i] ?? 0));
    expect(pauses).toEqual([50, 100, 200, 400, 500, 500, 500, 500, 500]);
    expect(transport.batches()).toEqual(Array(10).fill(['1', '2']));
    expect([...outcomes]).toEqual([
      ['1', undefined],
      ['2', undefined],
    ]);
    expect(engine.snapshot()).toMatchObject({ calls: 10, retries: 9, throttles: 0, records: 2 });
    expect(logged).toEqual(['scripted retryable 5 times in a row: it was retryable']);
  });

  it('shows as throttled while that is why it waits', async () => {
    transport.reply = (_batch, call) => (call === 0 ? 'throttled' : []);
    const { engine, add } = engineWith();
    add('a', '1');
    await clock.advance(20);
    expect(engine.snapshot()).toMatchObject({ throttles: 1, throttled: 1 });
    await clock.advance(1_000);
    expect(engine.snapshot()).toMatchObject({ throttles: 1, throttled: 0, records: 1 });
  });

  it('keeps its place, so that a service in trouble gets fewer calls at once', async () => {
    transport.reply = () => 'throttled';
    const engine = new BatchingEngine<string>(
      transport,
      { maxRecords: 1, maxBytes: 1_000, ordered: false },
      { lingerMs: 0, clock, random: () => 1, maxInFlight: 2, backoff: { baseMs: 1_000 } },
    );
    for (let i = 0; i < 10; i += 1) engine.add('', String(i), 1, () => {});
    await clock.advance(900);
    expect(transport.calls).toHaveLength(2);
    expect(engine.snapshot()).toMatchObject({ inFlight: 2, throttled: 2, pending: 10 });
  });
});

describe('a call of which some records failed', () => {
  it('is made again with only those, and the others are done at once', async () => {
    transport.reply = (_batch, call) => (call === 0 ? [failed(1), failed(3, 'throttled')] : []);
    const { engine, add } = engineWith(false);
    add('', 'a', 'b', 'c', 'd', 'e');
    await clock.advance(10);
    expect([...outcomes.keys()]).toEqual(['a', 'c', 'e']);
    await clock.advance(1_000);
    expect(transport.batches()).toEqual([
      ['a', 'b', 'c', 'd', 'e'],
      ['b', 'd'],
    ]);
    expect([...outcomes.values()]).toEqual(Array(5).fill(undefined));
    expect(engine.snapshot()).toMatchObject({ calls: 2, records: 5, throttles: 1, rejected: 0 });
  });

  it('rejects a record that is at fault by itself', async () => {
    transport.reply = () => [failed(0, 'rejected')];
    const { add } = engineWith(false);
    add('', 'bad', 'good');
    await clock.advance(10);
    expect(transport.calls).toHaveLength(1);
    expect(outcomes.get('good')).toBeUndefined();
    expect(outcomes.get('bad')).toBeInstanceOf(RejectedRecordError);
  });
});

describe('a call that is rejected', () => {
  it.each([0, 1, 4, 7])('is halved until only the record at fault (place %d) is rejected', async (place) => {
    const written: string[] = [];
    transport.reply = (batch) => {
      if (batch.includes('bad')) return 'rejected';
      written.push(...batch);
      return [];
    };
    const { engine, add } = engineWith();
    const payloads = Array.from({ length: 8 }, (_, i) => (i === place ? 'bad' : `r${i}`));
    add('a', ...payloads);
    await clock.advance(10_000);
    expect(written).toEqual(payloads.filter((payload) => payload !== 'bad'));
    const error = outcomes.get('bad');
    expect(error).toBeInstanceOf(RejectedRecordError);
    expect(error).toMatchObject({
      reason: 'rejected-code',
      message: 'scripted: rejected-code: it was rejected',
    });
    expect([...outcomes.values()].filter((outcome) => outcome !== undefined)).toHaveLength(1);
    expect(transport.calls.length).toBeLessThanOrEqual(7);
    expect(engine.snapshot()).toMatchObject({ rejected: 1, records: 7 });
  });

  it('rejects all of them where all are at fault', async () => {
    transport.reply = () => 'rejected';
    const { add } = engineWith();
    add('a', 'x', 'y', 'z');
    await clock.advance(10_000);
    expect([...outcomes.values()].every((outcome) => outcome instanceof RejectedRecordError)).toBe(true);
    expect(outcomes.size).toBe(3);
  });

  it('is found also when the service fails on the way', async () => {
    transport.reply = (batch, call) =>
      call % 2 === 0 ? 'retryable' : batch.includes('bad') ? 'rejected' : [];
    const { add } = engineWith();
    add('a', '1', 'bad', '3');
    await clock.advance(60_000);
    expect(outcomes.get('bad')).toBeInstanceOf(RejectedRecordError);
    expect(outcomes.get('1')).toBeUndefined();
    expect(outcomes.size).toBe(3);
  });
});

describe('a wrong configuration', () => {
  it('drops nothing, says what is wrong, and goes on when it is corrected', async () => {
    let corrected = false;
    transport.reply = () => (corrected ? [] : 'misconfigured');
    const { engine, add } = engineWith();
    add('a', '1', '2');
    await clock.advance(60_000);
    expect(outcomes.size).toBe(0);
    expect(engine.problem()).toBe('scripted: misconfigured-code: it was misconfigured');
    expect(engine.snapshot()).toMatchObject({ misconfigured: 1, rejected: 0, pending: 2 });
    expect(logged).toHaveLength(1);
    corrected = true;
    await clock.advance(2_000);
    expect([...outcomes.values()]).toEqual([undefined, undefined]);
    expect(engine.problem()).toBeUndefined();
    expect(engine.snapshot()).toMatchObject({ misconfigured: 0, records: 2 });
    expect(logged.at(-1)).toBe('scripted takes records again');
  });
});
