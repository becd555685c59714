import { createKafkaClient, type KafkaClient, type ProducerRecord } from '@mesh/kafka';
import { startKafka } from '@mesh/local-cloud';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTopics, INPUT } from './input.js';
import type { SoakReport } from './soak-child.js';
import type { Sample } from './trend.js';

export interface SoakOptions {
  readonly minutes: number;
  /** Records a second. */
  readonly rate: number;
  readonly keys: number;
  /** The program of soak-child, and what Node is to be told for it. */
  readonly program: string;
  readonly nodeArgs: readonly string[];
  readonly say: (line: string) => void;
}

export interface Soak {
  readonly produced: number;
  readonly processed: number;
  /** Resident memory in MiB, by seconds since the start. */
  readonly samples: readonly Sample[];
}

/** What is produced at a time. Milliseconds. */
const TURN_MS = 100;
/** How long the application may take for what is left at the end. Milliseconds. */
const CATCH_UP_MS = 30_000;
const LINES = 60;

/** Runs a stateful application under a steady load, and looks at its memory. @throws Error where it fails */
export async function soak(options: SoakOptions): Promise<Soak> {
  const { minutes, rate, keys, program, nodeArgs, say } = options;
  const kafka = await startKafka({ heapMb: 512 });
  const client = createKafkaClient({ brokers: [kafka.bootstrap], clientId: 'soak-load' });
  try {
    await createTopics(client, { 'retention.bytes': '100000000', 'segment.bytes': '50000000' });
    const child = fork(program, [kafka.bootstrap], { execArgv: [...nodeArgs] });
    const ended = once(child, 'exit');
    const started = performance.now();
    const seconds = (): number => (performance.now() - started) / 1_000;
    const samples: Sample[] = [];
    let report: SoakReport | undefined;
    let nextLine = 0;
    child.on('message', (message: SoakReport) => {
      report = message;
      samples.push({ at: seconds(), value: message.rssMiB });
      if (seconds() < nextLine) return;
      nextLine += (minutes * 60) / LINES;
      say(
        `${seconds().toFixed(0)} s: ${message.processed} records, ${message.rssMiB.toFixed(0)} MiB resident, ` +
          `${message.heapMiB.toFixed(0)} MiB heap`,
      );
    });
    const alive = (): void => {
      if (report?.error !== undefined) throw new Error(`the application failed: ${report.error}`);
      if (child.exitCode !== null || child.signalCode !== null) throw new Error('the application ended');
    };
    try {
      const produced = await produce(client, { rate, keys, minutes }, alive);
      const deadline = performance.now() + CATCH_UP_MS;
      const processed = (): number => report?.processed ?? 0;
      while (processed() < produced && performance.now() < deadline) {
        alive();
        await sleep(TURN_MS);
      }
      return { produced, processed: processed(), samples };
    } finally {
      if (child.connected) child.disconnect();
      const forced = setTimeout(() => child.kill('SIGKILL'), CATCH_UP_MS);
      if (child.exitCode === null && child.signalCode === null) await ended;
      clearTimeout(forced);
    }
  } finally {
    await client.close();
    await kafka.stop();
  }
}

/** @returns how many records */
async function produce(
  client: KafkaClient,
  { rate, keys, minutes }: Pick<SoakOptions, 'rate' | 'keys' | 'minutes'>,
  alive: () => void,
): Promise<number> {
  const producer = client.producer();
  const started = performance.now();
  const end = started + minutes * 60_000;
  let produced = 0;
  while (performance.now() < end) {
    alive();
    const due = Math.floor(((performance.now() - started) / 1_000) * rate);
    const records: ProducerRecord[] = [];
    for (; produced < due; produced++) {
      const key = Buffer.from(`k${Math.floor(Math.random() * keys)}`);
      records.push({ key, value: Buffer.from(String(produced).padEnd(92, 'x')), timestamp: Date.now() });
    }
    if (records.length > 0) await producer.send([{ topic: INPUT, records }]);
    await sleep(TURN_MS);
  }
  await producer.close();
  return produced;
}
