import type { Header } from '@mesh/kafka';
import { stringSerde } from '../../index.js';
import type { StateStoreProvider } from '../../state/provider.js';
import { TopologyTestDriver } from '../../testing/index.js';
import type { Case, CaseInput } from './cases.js';
import { caseTopology } from './topology.js';

/** A line of the oracle's output: a record, or at the end of a case its totals. */
export type Line =
  | {
      readonly case: string;
      readonly input: number;
      readonly topic: string;
      readonly key: string | null;
      readonly value: string | null;
      readonly ts: number;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | { readonly case: string; readonly droppedRecords: number; readonly inputs: number }
  /** Where a case could not be run to its end: it has no other line. */
  | { readonly case: string; readonly error: string };

const strings = { key: stringSerde, value: stringSerde };

/** What running a case gives; one that fails is a line that says why, as of the oracle. */
export async function answerOf(given: Case, run: () => Promise<readonly Line[]>): Promise<readonly Line[]> {
  try {
    return await run();
  } catch (error) {
    return [{ case: given.name ?? '', error: String(error) }];
  }
}

/**
 * Runs a case with the test driver.
 * @throws StreamsError where its topology cannot be built, or a record fails
 */
export function runCase(given: Case): readonly Line[] {
  const driver = new TopologyTestDriver(caseTopology(given), { ...cache(given), onFailure: () => 'fail' });
  const lines = allOf(answers(driver, given));
  driver.close();
  return lines;
}

/** As {@link runCase}, with state on disk that is empty. */
export async function runCaseOn(stateStores: StateStoreProvider, given: Case): Promise<readonly Line[]> {
  const driver = await TopologyTestDriver.open(caseTopology(given), {
    stateStores,
    ...cache(given),
    onFailure: () => 'fail',
  });
  const lines = allOf(answers(driver, given));
  await driver.closed();
  return lines;
}

/**
 * As {@link runCaseOn}, with the tasks ended as by a crash, and begun anew, after every so many inputs.
 *
 * @param stateStores default: state in memory, restored from the changelogs
 */
export async function runCaseRestarting(
  given: Case,
  every: number,
  stateStores?: StateStoreProvider,
): Promise<readonly Line[]> {
  const options = { ...cache(given), onFailure: () => 'fail' as const };
  const driver =
    stateStores === undefined
      ? new TopologyTestDriver(caseTopology(given), options)
      : await TopologyTestDriver.open(caseTopology(given), { stateStores, ...options });
  const running = answers(driver, given);
  for (let step = running.next(), index = 1; ; step = running.next(), index += 1) {
    if (step.done === true) {
      await driver.closed();
      return step.value;
    }
    if (index % every !== 0) continue;
    if (stateStores === undefined) driver.restart();
    else await driver.reopen();
  }
}

function allOf(running: Generator<void, readonly Line[]>): readonly Line[] {
  for (;;) {
    const step = running.next();
    if (step.done === true) return step.value;
  }
}

/** Stops after each input. */
function* answers(driver: TopologyTestDriver, given: Case): Generator<void, readonly Line[]> {
  const outputs = [...new Set(given.nodes.map(({ out }) => out))].map((topic) => ({
    topic,
    records: driver.createOutputTopic(topic, strings),
  }));
  const lines: Line[] = [];
  for (const [index, input] of given.inputs.entries()) {
    try {
      take(driver, input);
    } catch (error) {
      throw new Error(`input ${index}: ${String(error)}`, { cause: error });
    }
    for (const { topic, records } of outputs) {
      for (const { key, value, timestamp, headers } of records.readRecords()) {
        const shown = Object.fromEntries(headers.map(([name, data]) => [name, data?.toString() ?? '']));
        lines.push({
          case: given.name ?? '',
          input: index,
          topic,
          key,
          value,
          ts: timestamp,
          ...(headers.length === 0 ? {} : { headers: shown }),
        });
      }
    }
    yield;
  }
  lines.push({ case: given.name ?? '', droppedRecords: driver.droppedRecords, inputs: given.inputs.length });
  return lines;
}

function take(driver: TopologyTestDriver, input: CaseInput): void {
  if ('advanceWallClockMs' in input) {
    driver.advanceWallClockTime(input.advanceWallClockMs);
    return;
  }
  driver.createInputTopic(input.topic, strings).pipeInput(text(input.key), text(input.value), {
    timestamp: input.ts,
    headers: Object.entries(input.headers ?? {}).map(([name, value]): Header => [
      written(name),
      Buffer.from(written(value)),
    ]),
  });
}

/** What of Kafka's configuration a case's outputs depend on. */
function cache({ config }: Case): { readonly cacheMaxBytes?: number } {
  for (const name of ['statestore.cache.max.bytes', 'cache.max.bytes.buffering']) {
    const bytes = config?.[name];
    if (bytes === undefined) continue;
    if (!/^\s*\d+\s*$/.test(bytes))
      throw new Error(`config: ${name} is ${bytes}; it is to be a whole number of bytes, 0 or more`);
    return { cacheMaxBytes: Number(bytes) };
  }
  return {};
}

/** Numbers and such in a file of cases are text, as the oracle reads them. */
function text(value: string | null | undefined): string | null {
  return value === null || value === undefined ? null : written(value);
}

/** Half a character is `?` in Java's UTF-8, and U+FFFD in JavaScript's. */
function written(value: unknown): string {
  return String(value).replace(/\p{Surrogate}/gu, '?');
}
