import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ManualClock } from '../test/manual-clock.js';
import { BatchingEngine } from './engine.js';
import type { BatchTransport, Failure, Verdict } from './transport.js';

interface Written {
  readonly key: string;
  readonly id: number;
  readonly poison: boolean;
}

type Fate = 'ok' | 'lost answer' | 'throttled' | 'retryable' | 'misconfigured';

class Refused extends Error {
  readonly verdict: Verdict;

  constructor(verdict: Verdict) {
    super(verdict);
    this.verdict = verdict;
  }
}

/** Takes its time, fails as fate has it, takes effect before its answer is lost, and refuses a batch with poison. */
class FickleService implements BatchTransport<Written> {
  readonly name = 'fickle';
  readonly effects: Written[] = [];
  readonly faults: string[] = [];
  readonly #underWay = new Map<string, number>();
  readonly #clock: ManualClock;
  readonly #fates: (readonly [Fate, number])[];

  constructor(clock: ManualClock, fates: readonly (readonly [Fate, number])[]) {
    this.#clock = clock;
    this.#fates = [...fates];
  }

  async send(batch: readonly Written[]): Promise<readonly []> {
    const key = batch[0]?.key ?? '';
    const [fate, tookMs] = this.#fates.shift() ?? ['ok', 1];
    if (batch.length > 4) this.faults.push(`a batch of ${batch.length}`);
    if (batch.some((record) => record.key !== key)) this.faults.push('a batch of two keys');
    if ((this.#underWay.get(key) ?? 0) > 0) this.faults.push(`two batches of ${key} under way`);
    this.#underWay.set(key, (this.#underWay.get(key) ?? 0) + 1);
    await new Promise<void>((resolve) => this.#clock.after(tookMs, resolve));
    this.#underWay.set(key, (this.#underWay.get(key) ?? 0) - 1);
    if (fate !== 'ok' && fate !== 'lost answer') throw new Refused(fate);
    if (batch.some((record) => record.poison)) throw new Refused('rejected');
    this.effects.push(...batch);
    if (fate === 'lost answer') throw new Refused('retryable');
    return [];
  }

  classify(error: unknown): Failure {
    if (!(error instanceof Refused)) throw error;
    return { verdict: error.verdict, code: error.verdict, message: '' };
  }
}

const fates = fc.array(
  fc.tuple(
    fc.constantFrom<Fate>('ok', 'ok', 'lost answer', 'throttled', 'retryable', 'misconfigured'),
    fc.integer({ min: 0, max: 300 }),
  ),
  { maxLength: 60 },
);
const writes = fc.array(
  fc.record({
    key: fc.constantFrom('a', 'b', 'c'),
    poison: fc.oneof(
      { weight: 9, arbitrary: fc.constant(false) },
      { weight: 1, arbitrary: fc.constant(true) },
    ),
    pauseMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 200 })),
  }),
  { maxLength: 60 },
);

describe('whatever the service does', () => {
  it('each key takes effect in order, each record is done once, and only poison is rejected', async () => {
    await fc.assert(
      fc.asyncProperty(
        writes,
        fates,
        fc.integer({ min: 1, max: 4 }),
        async (records, script, maxInFlight) => {
          const clock = new ManualClock();
          const service = new FickleService(clock, script);
          const engine = new BatchingEngine<Written>(
            service,
            { maxRecords: 4, maxBytes: Infinity, ordered: true },
            {
              lingerMs: 50,
              clock,
              maxInFlight,
              rate: { callsPerSecond: 100 },
              backoff: { baseMs: 20, maxMs: 200 },
            },
          );
          const done = new Map<number, Error | undefined>();
          let doneTwice = 0;
          for (const [id, { key, poison, pauseMs }] of records.entries()) {
            await clock.advance(pauseMs);
            engine.add(key, { key, id, poison }, 1, (error) => {
              if (done.has(id)) doneTwice += 1;
              done.set(id, error);
            });
          }
          await clock.advance(600_000);

          expect(service.faults).toEqual([]);
          expect(doneTwice).toBe(0);
          expect(done.size).toBe(records.length);
          for (const [id, error] of done) expect(error !== undefined).toBe(records[id]?.poison);
          for (const key of ['a', 'b', 'c']) {
            const firstEffects = [
              ...new Set(service.effects.filter((effect) => effect.key === key).map(({ id }) => id)),
            ];
            const written = [...records.keys()].filter(
              (id) => records[id]?.key === key && !records[id].poison,
            );
            expect(firstEffects).toEqual(written);
          }
          expect(engine.snapshot()).toMatchObject({ pending: 0, pendingBytes: 0, inFlight: 0, throttled: 0 });
          expect(clock.waiting).toBe(0);
        },
      ),
      { numRuns: 150 },
    );
  });
});
