import type { Header } from '@mesh/kafka';
import { stringSerde } from '../../index.js';
import type { StateStoreProvider } from '../../state/provider.js';
import { TopologyTestDriver } from '../../testing/index.js';
import type { Case } from './cases.js';
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
  | { readonly case: string; readonly droppedRecords: number; readonly inputs: number };

const strings = { key: stringSerde, value: stringSerde };

/** Runs a case with the test driver. */
export function runCase(given: Case): readonly Line[] {
  const driver = new TopologyTestDriver(caseTopology(given), { onFailure: () => 'fail' });
  const lines = answers(driver, given);
  driver.close();
  return lines;
}

/** As {@link runCase}, with state on disk that is empty. */
export async function runCaseOn(stateStores: StateStoreProvider, given: Case): Promise<readonly Line[]> {
  const driver = await TopologyTestDriver.open(caseTopology(given), {
    stateStores,
    onFailure: () => 'fail',
  });
  const lines = answers(driver, given);
  await driver.closed();
  return lines;
}

function answers(driver: TopologyTestDriver, given: Case): readonly Line[] {
  const outputs = [...new Set(given.nodes.map(({ out }) => out))].map((topic) => ({
    topic,
    records: driver.createOutputTopic(topic, strings),
  }));
  const lines: Line[] = [];
  for (const [index, input] of given.inputs.entries()) {
    if ('advanceWallClockMs' in input) {
      driver.advanceWallClockTime(input.advanceWallClockMs);
    } else {
      driver.createInputTopic(input.topic, strings).pipeInput(input.key ?? null, input.value ?? null, {
        timestamp: input.ts,
        headers: Object.entries(input.headers ?? {}).map(([name, value]): Header => [
          name,
          Buffer.from(value),
        ]),
      });
    }
    for (const { topic, records } of outputs) {
      for (const { key, value, timestamp, headers } of records.readRecords()) {
        const shown = Object.fromEntries(headers.map(([name, data]) => [name, data?.toString() ?? '']));
        lines.push({
          case: given.name,
          input: index,
          topic,
          key,
          value,
          ts: timestamp,
          ...(headers.length === 0 ? {} : { headers: shown }),
        });
      }
    }
  }
  lines.push({ case: given.name, droppedRecords: driver.droppedRecords, inputs: given.inputs.length });
  return lines;
}
