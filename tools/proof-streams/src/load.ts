import { partitionFor, type KafkaClient, type Producer, type ProducerRecord } from '@mesh/kafka';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from './random.js';
import { inputs, LONG_GRACE_MS, PARTITIONS } from './topology.js';

export interface LoadOptions {
  readonly client: KafkaClient;
  readonly random: Random;
  /** Records a second, over all topics. */
  readonly rate: number;
  readonly say: (line: string) => void;
}

const TICK_MS = 100;
const USERS = 60;
const GROUPS = 16;
const ACCOUNTS = 40;
const CUSTOMERS = 12;
/** How far records' times lie behind, at most. Some come after their window's end and grace. Milliseconds. */
const JITTER_MS = 1_500;
/** The share of each topic, in hundredths. */
const SHARES = [
  [inputs.clicks, 50],
  [inputs.views, 18],
  [inputs.buys, 14],
  [inputs.accounts, 12],
  [inputs.customers, 6],
] as const;

/**
 * Writes records that are all different, at a steady rate, until it is stopped. What the topics hold in the end is what
 * counts: a write whose outcome is unknown is not repeated.
 */
export class Load {
  readonly #options: LoadOptions;
  readonly #producer: Producer;
  #stopping = false;
  #running: Promise<void> | undefined;
  #next = 0;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#producer = options.client.producer();
  }

  /** Records written or tried. */
  get total(): number {
    return this.#next;
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#running;
  }

  /**
   * Takes time on by more than every grace in each partition, so that all windows close. For when everything before was
   * processed: what comes after it is late.
   */
  async closeWindows(): Promise<void> {
    const timestamp = Date.now() + 2 * LONG_GRACE_MS;
    // Clicks are counted by user, and by group after a repartition topic: users and groups of all partitions are met.
    const users = keysOfAllPartitions('last-user');
    const groups = keysOfAllPartitions('last-group');
    const records = groups.map((group, index) =>
      record(users[index] ?? '', `${group}:last-${index}`, timestamp),
    );
    await this.#producer.send([{ topic: inputs.clicks, records }]);
  }

  async close(): Promise<void> {
    await this.#producer.close();
  }

  async #run(): Promise<void> {
    const { rate, say } = this.#options;
    let owed = 0;
    let last = Date.now();
    while (!this.#stopping) {
      await sleep(TICK_MS);
      const now = Date.now();
      // A stall is not made up for: it would be a burst that no instance could be caught in the middle of.
      owed = Math.min(rate, owed + ((now - last) * rate) / 1_000);
      last = now;
      const records = new Map<string, ProducerRecord[]>();
      for (; owed >= 1; owed -= 1) {
        const [topic, made] = this.#make(now);
        const list = records.get(topic) ?? [];
        records.set(topic, list);
        list.push(made);
      }
      if (records.size === 0) continue;
      try {
        await this.#producer.send([...records].map(([topic, list]) => ({ topic, records: list })));
      } catch (error) {
        say(`a write failed: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }

  #make(now: number): readonly [topic: string, record: ProducerRecord] {
    const { random } = this.#options;
    this.#next += 1;
    const id = String(this.#next);
    const timestamp = now - random.integer(0, JITTER_MS);
    let share = random.integer(1, 100);
    const [topic] = SHARES.find(([, part]) => (share -= part) <= 0) ?? SHARES[0];
    switch (topic) {
      case 'clicks':
        return [
          topic,
          record(`u${random.integer(1, USERS)}`, `g${random.integer(1, GROUPS)}:${id}`, timestamp),
        ];
      case 'views':
      case 'buys':
        return [topic, record(`u${random.integer(1, USERS)}`, id, timestamp)];
      case 'accounts': {
        const value = random.chance(0.06) ? null : `c${random.integer(1, CUSTOMERS)}:${id}`;
        return [topic, record(`a${random.integer(1, ACCOUNTS)}`, value, timestamp)];
      }
      case 'customers':
        return [
          topic,
          record(`c${random.integer(1, CUSTOMERS)}`, random.chance(0.04) ? null : id, timestamp),
        ];
    }
  }
}

function record(key: string, value: string | null, timestamp: number): ProducerRecord {
  return { key: Buffer.from(key), value: value === null ? null : Buffer.from(value), timestamp };
}

/** One key for each partition, in their order. */
function keysOfAllPartitions(prefix: string): readonly string[] {
  const keys: string[] = [];
  for (let number = 0; keys.filter((key) => key !== undefined).length < PARTITIONS; number += 1) {
    const key = `${prefix}-${number}`;
    keys[partitionFor(Buffer.from(key), PARTITIONS)] ??= key;
  }
  return keys;
}
