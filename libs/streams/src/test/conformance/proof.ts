import fc from 'fast-check';
import { setImmediate } from 'node:timers/promises';
import { extendedCase } from './arbitrary.js';
import type { Case } from './cases.js';
import { difference } from './compare.js';
import { askOracle, buildOracle, type Answer } from './oracle.js';

/** Cases that one start of Java answers. */
const BATCH = 500;
/** How long a case that differs is made smaller: each attempt is a start of Java. Milliseconds. */
const SHRINK_MS = 180_000;

export interface ProofResult {
  readonly cases: number;
  /** Operators compared, by kind. */
  readonly nodes: Readonly<Record<string, number>>;
}

/** Cases, and Kafka Streams' answers to them, which may still be on their way. */
interface Batch {
  readonly parameters: { readonly seed: number; readonly numRuns: number };
  readonly sample: readonly Case[];
  readonly answers: Promise<readonly Answer[]>;
}

/**
 * Compares random cases with Kafka Streams, in batches: Java answers one while another is compared.
 *
 * @param progress is told after each batch how many cases were compared
 * @throws Error with the smallest case found that differs, and how to have it again
 */
export async function proveConformance(
  cases: number,
  seed: number,
  progress: (done: number) => void = () => undefined,
): Promise<ProofResult> {
  await buildOracle();
  const ask = (done: number): Batch => {
    const parameters = { seed: seed + done, numRuns: Math.min(BATCH, cases - done) };
    const sample = fc.sample(extendedCase, parameters);
    return { parameters, sample, answers: askOracle(sample) };
  };
  const nodes: Record<string, number> = {};
  let following = ask(0);
  for (let done = 0; done < cases;) {
    const { parameters, sample, answers } = following;
    const theirs = await answers;
    done += sample.length;
    if (done < cases) following = ask(done);
    const verdicts = new Map<string, string | undefined>();
    for (const [index, given] of sample.entries()) {
      // Java waits where nobody takes its lines.
      await setImmediate();
      verdicts.set(JSON.stringify(given), difference(given, theirs[index] ?? []));
      for (const { op } of given.nodes) nodes[op] = (nodes[op] ?? 0) + 1;
    }
    if ([...verdicts.values()].some((verdict) => verdict !== undefined)) await shrink(parameters, verdicts);
    progress(done);
  }
  return { cases, nodes };
}

/** Has fast-check meet the same cases again, and make the first that differs smaller; what is new is asked of Java. */
async function shrink(
  parameters: Batch['parameters'],
  known: Map<string, string | undefined>,
): Promise<never> {
  const verdictOf = async (given: Case): Promise<string | undefined> => {
    const text = JSON.stringify(given);
    if (!known.has(text)) {
      const [answer = []] = await askOracle([given]);
      known.set(text, difference(given, answer));
    }
    return known.get(text);
  };
  const details = await fc.check(
    fc.asyncProperty(extendedCase, async (given) => {
      const verdict = await verdictOf(given);
      if (verdict !== undefined) throw new Error(verdict);
    }),
    { ...parameters, interruptAfterTimeLimit: SHRINK_MS },
  );
  const [smallest] = details.counterexample ?? [];
  const first = [...known].find(([, verdict]) => verdict !== undefined);
  const text = smallest === undefined ? first?.[0] : JSON.stringify(smallest);
  const verdict = smallest === undefined ? first?.[1] : await verdictOf(smallest);
  throw new Error(`seed ${parameters.seed}: ${text}\n${verdict}`);
}
