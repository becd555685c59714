import type { KafkaClient } from '@mesh/kafka';
import { longSerde } from '@mesh/streams';
import { endOffsets, readAll, startBroker } from '../broker.js';
import { temporaryFolder } from '../temporary-stores.js';
import { buildJava, countJava, countOurs, type CounterProcess } from './counter-process.js';
import type { CounterOptions } from './counter.js';

export interface RestoreProof {
  readonly keys: number;
  /** Records read from the changelog after the kill, before processing went on. */
  readonly replayed: number;
  /**
   * The most records processed from one commit to the next before it: as many changes there are at most. Not known of
   * Kafka Streams: 0.
   */
  readonly mostPerCommit: number;
  /** In the changelog when the process was killed. */
  readonly changelogRecords: number;
  /** From the start of the process to its state being restored. */
  readonly restoreMs: number;
  /** The sum of all counts at the end, and what it must be: the number of records. */
  readonly counted: number;
  readonly produced: number;
}

const COMMIT_INTERVAL_MS = 100;
const CHANGELOG = 'counter-counts-changelog';
const BATCH = 10_000;
/** Records a step of the load that goes on while the process is killed. */
const STEP = 1_000;
const STEPS_BEFORE_KILL = 30;

/**
 * Fills a store with keys under exactly-once, kills the process while it counts on, starts it again, and looks how much
 * it reads of its changelog before it goes on; and that at the end each record was counted once.
 */
export function proveRestore(keys: number, log: (text: string) => void): Promise<RestoreProof> {
  return prove(keys, countOurs, log);
}

/** As {@link proveRestore}, of Kafka Streams itself. */
export async function proveJavaRestore(keys: number, log: (text: string) => void): Promise<RestoreProof> {
  await buildJava();
  return prove(keys, countJava, log);
}

async function prove(
  keys: number,
  start: (options: CounterOptions) => CounterProcess,
  log: (text: string) => void,
): Promise<RestoreProof> {
  const { server, client } = await startBroker();
  const options = {
    ...{ brokers: server.bootstrap, directory: temporaryFolder() },
    commitIntervalMs: COMMIT_INTERVAL_MS,
  };
  const running: CounterProcess[] = [];
  try {
    await createInput(client);
    const load = new Load(client, keys);
    const first = start(options);
    running.push(first);
    await load.fill();
    await first.until(`all ${keys} keys are counted`, ({ processed }) => processed >= keys);
    log(`${keys} keys are in the store`);
    for (let step = 0; step < STEPS_BEFORE_KILL; step += 1) await load.step();
    await first.end();
    const [changelogRecords = 0] = await endOffsets(client, CHANGELOG, 1);
    const { mostPerCommit } = first.report;
    log(`killed; ${load.produced} records were produced`);
    const began = performance.now();
    const second = start(options);
    running.push(second);
    await second.until('it runs again', ({ state }) => state === 'RUNNING');
    const restoreMs = performance.now() - began;
    const replayed = second.report.restored;
    await load.step();
    await untilCommitted(client, load.produced);
    await second.end();
    const counted = await sumOfCounts(client);
    const { produced } = load;
    return { keys, replayed, mostPerCommit, changelogRecords, restoreMs, counted, produced };
  } finally {
    for (const counter of running) await counter.end();
    await client.close();
    await server.stop();
  }
}

/** Records for the counter: each key once, then keys at random. */
class Load {
  produced = 0;
  readonly #client: KafkaClient;
  readonly #keys: number;

  constructor(client: KafkaClient, keys: number) {
    this.#client = client;
    this.#keys = keys;
  }

  async fill(): Promise<void> {
    const producer = this.#client.producer();
    for (let from = 0; from < this.#keys; from += BATCH) {
      const count = Math.min(BATCH, this.#keys - from);
      await producer.send([{ topic: 'in', records: recordsOf(count, (index) => from + index) }]);
      this.produced += count;
    }
    await producer.close();
  }

  async step(): Promise<void> {
    const producer = this.#client.producer();
    const records = recordsOf(STEP, () => Math.floor(Math.random() * this.#keys));
    await producer.send([{ topic: 'in', records }]);
    this.produced += STEP;
    await producer.close();
  }
}

function recordsOf(count: number, keyOf: (index: number) => number) {
  return Array.from({ length: count }, (_, index) => ({
    key: Buffer.from(`key-${keyOf(index)}`),
    value: Buffer.from('x'),
    headers: [],
    timestamp: Date.now(),
  }));
}

async function createInput(client: KafkaClient): Promise<void> {
  const admin = client.admin();
  await admin.createTopics([
    { name: 'in', partitions: 1, replicationFactor: 1, config: { 'retention.ms': '-1' } },
  ]);
  await admin.close();
}

async function untilCommitted(client: KafkaClient, offset: number): Promise<void> {
  const admin = client.admin();
  const partitions = [{ topic: 'in', partition: 0 }];
  for (let committed = -1; committed < offset;) {
    committed = (await admin.groupOffsets('counter', partitions))[0]?.offset ?? -1;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await admin.close();
}

/** Of the last count of each key in the changelog. */
async function sumOfCounts(client: KafkaClient): Promise<number> {
  const counts = new Map<string, number>();
  await readAll(client, CHANGELOG, 1, ({ key, value }) => {
    if (key !== null && value !== null)
      counts.set(key.toString('latin1'), longSerde.deserialize(CHANGELOG, value, []));
  });
  let sum = 0;
  for (const count of counts.values()) sum += count;
  return sum;
}
