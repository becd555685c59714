import { flow, string, TimeWindows, type Codec, type FlowApp } from '@kafkats/flow';
import { setTimeout as sleep } from 'node:timers/promises';
import { PARTITIONS } from './input.js';
import type { RunSettings } from './settings.js';
import type { Span } from './span.js';

/** How often progress is looked at, as on the other sides. Milliseconds. */
const LOOK_MS = 20;

const text = string();
/** As the long serde of the other sides. */
const long: Codec<number> = {
  encode: (value) => {
    const data = Buffer.allocUnsafe(8);
    data.writeBigInt64BE(BigInt(value));
    return data;
  },
  decode: (data) => Number(data.readBigInt64BE()),
};

/**
 * A workload on `@kafkats/flow`, from an empty group until as many records as asked have come to the end of the topology.
 * It sends and waits for each record by itself, so that waiting for a batch to fill would only slow it down; partitions
 * are processed side by side.
 */
export async function runFlow(settings: RunSettings, exactlyOnce: boolean, span: Span): Promise<void> {
  const { application, bootstrap, commitIntervalMs, batchBytes } = settings;
  const app = flow({
    applicationId: application,
    client: { brokers: [bootstrap], clientId: application },
    processingGuarantee: exactlyOnce ? 'exactly_once' : 'at_least_once',
    commitIntervalMs,
    consumer: { autoOffsetReset: 'earliest', maxRecords: 5_000 },
    producer: { lingerMs: 0, maxBatchBytes: batchBytes },
    runEach: { partitionConcurrency: PARTITIONS },
    changelog: { replicationFactor: 1 },
  });
  let done = 0;
  build(app, settings, () => (done += 1));
  await app.start();
  while (!span.at(done)) {
    if (app.state() === 'ERROR') throw new Error(`${settings.workload}: the flow is in the state ERROR`);
    await sleep(LOOK_MS);
  }
  await app.close();
}

/** As topologies.ts. @param count told of each record that comes to the end */
function build(app: FlowApp, { workload, input, output }: RunSettings, count: () => void): void {
  const records = app.stream<string, string>(input, { key: text, value: text, offsetReset: 'earliest' });
  const strings = { key: text, value: text };
  switch (workload) {
    case 'stateless':
    case 'stateless-eos':
      records
        .filter((_key, value) => value !== null)
        .mapValues((value) => value?.slice(50) ?? null)
        .peek(count)
        .to(output, strings);
      break;
    case 'count-memory':
    case 'count-eos':
      records
        .groupByKey()
        .count({ storeName: 'counts', key: text, value: long })
        .toStream()
        .peek(count)
        .to(output, { key: text, value: long });
      break;
    case 'windowed-count':
      records
        .groupByKey()
        .windowedBy(TimeWindows.of(10_000))
        .count({ storeName: 'windows', value: long })
        .toStream()
        .map((windowed, plays) => [windowed?.key ?? '', plays ?? 0] as const)
        .peek(count)
        .to(output, { key: text, value: long });
      break;
    default:
      throw new RangeError(`${workload} is not one that the flow can do as the others do`);
  }
}
