import { beforeEach, describe, expect, it } from '@jest/globals';
import { sinkCalls, type SinkCall } from '@mesh/streams';
import fc from 'fast-check';
import { ManualClock } from '../test/manual-clock.js';
import { ScriptedTransport } from '../test/scripted-transport.js';
import { NewestVersions } from './newest-versions.js';
import type { BatchingOptions } from './options.js';
import type { BatchTransport, Failure, Verdict } from './transport.js';

let clock: ManualClock;
let transport: ScriptedTransport<string>;
let done: string[];

beforeEach(() => {
  clock = new ManualClock();
  transport = new ScriptedTransport();
  done = [];
});

function start(options: BatchingOptions = {}) {
  const versions = new NewestVersions<string>(transport, 3, {
    lingerMs: 100,
    clock,
    random: () => 0.5,
    ...options,
  });
  const add = (id: string, ...payloads: string[]): void => {
    for (const payload of payloads) {
      versions.add(id, payload, (error) => done.push(error === undefined ? payload : `${payload}!`));
    }
  };
  return { versions, add };
}

describe('the newest version of an id', () => {
  it('replaces those that wait, and all are done when it is written', async () => {
    const { versions, add } = start();
    add('a', 'a1');
    add('b', 'b1');
    add('a', 'a2', 'a3');
    await clock.advance(100);
    expect(transport.batches()).toEqual([['a3', 'b1']]);
    expect(done).toEqual([]);
    transport.calls[0]?.answer();
    await clock.advance(0);
    expect(done).toEqual(['a1', 'a2', 'a3', 'b1']);
    expect(versions.snapshot()).toMatchObject({ calls: 1, records: 2, superseded: 2, pending: 0 });
  });

  it('tells those who trace which states each call stands for', async () => {
    const calls: SinkCall[] = [];
    const ignore = (): void => {};
    const subscribers = {
      ...{ end: ignore, asyncStart: ignore, asyncEnd: ignore, error: ignore },
      start: (call: SinkCall): void => void calls.push(call),
    };
    sinkCalls.subscribe(subscribers);
    try {
      const { versions } = start();
      const dones = [() => {}, () => {}, () => {}];
      for (const [i, done] of dones.entries()) versions.add(i === 1 ? 'b' : 'a', `state ${i}`, done);
      await clock.advance(100);
      expect(transport.batches()).toEqual([['state 2', 'state 1']]);
      expect(calls[0]?.writes.map((write) => dones.indexOf(write))).toEqual([0, 2, 1]);
    } finally {
      sinkCalls.unsubscribe(subscribers);
    }
  });

  it('waits while an older one is under way, in which other ids go on', async () => {
    const { add } = start();
    add('a', 'a1');
    await clock.advance(100);
    add('a', 'a2', 'a3');
    add('b', 'b1');
    await clock.advance(100);
    expect(transport.batches()).toEqual([['a1'], ['b1']]);
    transport.calls[0]?.answer();
    await clock.advance(100);
    expect(transport.batches()).toEqual([['a1'], ['b1'], ['a3']]);
    expect(done).toEqual(['a1']);
  });

  it('goes instead of the one whose call failed', async () => {
    const { add } = start();
    add('a', 'a1');
    await clock.advance(100);
    add('a', 'a2');
    transport.calls[0]?.answer('throttled');
    await clock.advance(1_000);
    expect(transport.batches()).toEqual([['a1'], ['a2']]);
    transport.calls[1]?.answer();
    await clock.advance(0);
    expect(done).toEqual(['a1', 'a2']);
  });

  it('gives way to the one before it where the service refuses it', async () => {
    const { add } = start();
    transport.reply = (batch) => (batch.some((payload) => payload.startsWith('bad')) ? 'rejected' : []);
    add('a', 'a1', 'bad');
    add('b', 'b1');
    await clock.advance(1_000);
    expect(transport.batches()).toEqual([['bad', 'b1'], ['bad'], ['b1'], ['a1']]);
    expect(done).toEqual(['bad!', 'b1', 'a1']);
  });
});

describe('flush', () => {
  it('settles only when also what waits for its own id is done', async () => {
    const { versions, add } = start();
    add('a', 'a1');
    await clock.advance(100);
    add('a', 'a2');
    let flushed = false;
    void versions.flush().then(() => (flushed = true));
    transport.calls[0]?.answer();
    await clock.advance(0);
    expect(flushed).toBe(false);
    expect(transport.batches()).toEqual([['a1'], ['a2']]);
    transport.calls[1]?.answer();
    await clock.advance(0);
    expect(flushed).toBe(true);
    expect(done).toEqual(['a1', 'a2']);
  });

  it('does not wait for what is added later', async () => {
    const { versions, add } = start();
    add('a', 'a1');
    let flushed = false;
    void versions.flush().then(() => (flushed = true));
    await clock.advance(0);
    add('a', 'a2');
    transport.calls[0]?.answer();
    await clock.advance(0);
    expect(flushed).toBe(true);
    expect(done).toEqual(['a1']);
  });
});

interface State {
  readonly id: string;
  readonly version: number;
  readonly poison: boolean;
}

type Fate = 'ok' | 'lost answer' | 'throttled' | 'retryable';

class Refused extends Error {
  readonly verdict: Verdict;

  constructor(verdict: Verdict) {
    super(verdict);
    this.verdict = verdict;
  }
}

/** A table that keeps the last state of each id, and answers as fate has it. */
class Table implements BatchTransport<State> {
  readonly name = 'table';
  readonly rows = new Map<string, number>();
  readonly faults: string[] = [];
  readonly #underWay = new Set<string>();
  readonly #clock: ManualClock;
  readonly #fates: (readonly [Fate, number])[];

  constructor(clock: ManualClock, fates: readonly (readonly [Fate, number])[]) {
    this.#clock = clock;
    this.#fates = [...fates];
  }

  async send(batch: readonly State[]): Promise<readonly []> {
    const [fate, tookMs] = this.#fates.shift() ?? ['ok', 1];
    for (const { id } of batch) {
      if (this.#underWay.has(id)) this.faults.push(`two states of ${id} under way`);
      this.#underWay.add(id);
    }
    await new Promise<void>((resolve) => this.#clock.after(tookMs, resolve));
    for (const { id } of batch) this.#underWay.delete(id);
    if (fate === 'throttled' || fate === 'retryable') throw new Refused(fate);
    if (batch.some(({ poison }) => poison)) throw new Refused('rejected');
    for (const { id, version } of batch) {
      if (version < (this.rows.get(id) ?? -1)) this.faults.push(`${id} went back to ${version}`);
      this.rows.set(id, version);
    }
    if (fate === 'lost answer') throw new Refused('retryable');
    return [];
  }

  classify(error: unknown): Failure {
    if (!(error instanceof Refused)) throw error;
    return { verdict: error.verdict, code: error.verdict, message: '' };
  }
}

describe('whatever the service does', () => {
  const states = fc.array(
    fc.record({
      id: fc.constantFrom('a', 'b', 'c', 'd'),
      poison: fc.nat(9).map((n) => n === 0),
      pauseMs: fc.oneof(fc.constant(0), fc.nat(200)),
    }),
    { maxLength: 60 },
  );
  const fates = fc.array(
    fc.tuple(fc.constantFrom<Fate>('ok', 'ok', 'lost answer', 'throttled', 'retryable'), fc.nat(300)),
    { maxLength: 40 },
  );

  it('the last state of each id that can be written remains, and each state is done once', async () => {
    await fc.assert(
      fc.asyncProperty(states, fates, fc.integer({ min: 1, max: 3 }), async (all, script, maxInFlight) => {
        const clock = new ManualClock();
        const table = new Table(clock, script);
        const versions = new NewestVersions<State>(table, 3, {
          lingerMs: 50,
          clock,
          maxInFlight,
          rate: { callsPerSecond: 100 },
          backoff: { baseMs: 20, maxMs: 200 },
        });
        const ended: (boolean | undefined)[] = [];
        let twice = 0;
        for (const [version, { id, poison, pauseMs }] of all.entries()) {
          await clock.advance(pauseMs);
          versions.add(id, { id, version, poison }, (error) => {
            if (version in ended) twice += 1;
            ended[version] = error !== undefined;
          });
        }
        await clock.advance(600_000);
        const remaining = new Map<string, number>();
        for (const [version, { id, poison }] of all.entries()) if (!poison) remaining.set(id, version);
        expect(table.faults).toEqual([]);
        expect(table.rows).toEqual(remaining);
        expect(twice).toBe(0);
        expect(Object.keys(ended)).toHaveLength(all.length);
        // A poisonous state may be superseded before anybody refuses it; none that is sound is ever refused.
        for (const [version, refused] of ended.entries())
          if (refused) expect(all[version]?.poison).toBe(true);
        expect(versions.snapshot()).toMatchObject({ pending: 0, inFlight: 0 });
        expect(clock.waiting).toBe(0);
      }),
      { numRuns: 150 },
    );
  });
});
