import { createKafkaClient, type KafkaClient, type ProducerRecord } from '@mesh/kafka';

export const INPUT = 'bench-in';
export const TABLE = 'bench-table';
export const OUTPUT = 'bench-out';
export const PARTITIONS = 4;
export const KEYS = 100_000;
const BASE_TIME = 1_700_000_000_000;
const PER_MILLISECOND = 10;
const PAD = 'x'.repeat(92);
const CHUNK = 20_000;

/**
 * Makes the topics and fills them: records of 100 bytes over 100,000 keys, ten to a millisecond of their time, and a
 * table with each key once, from before. The same ones each time.
 */
export async function load(bootstrap: string, records: number): Promise<void> {
  const client = createKafkaClient({ brokers: [bootstrap], clientId: 'bench-load' });
  try {
    await createTopics(client);
    const producer = client.producer();
    const random = generator(1);
    await send(producer, TABLE, KEYS, (index) => record(`k${index}`, `t${index}`, BASE_TIME - KEYS + index));
    await send(producer, INPUT, records, (index) => {
      const key = `k${Math.floor(random() * KEYS)}`;
      return record(key, PAD + String(10_000_000 + index), BASE_TIME + Math.floor(index / PER_MILLISECOND));
    });
    await producer.close();
  } finally {
    await client.close();
  }
}

/** @param inputConfig of the input, where its records need not all be kept */
export async function createTopics(
  client: KafkaClient,
  inputConfig: Readonly<Record<string, string>> = {},
): Promise<void> {
  const admin = client.admin();
  const topic = (name: string, config: Readonly<Record<string, string>>) => ({
    name,
    partitions: PARTITIONS,
    replicationFactor: 1,
    config,
  });
  await admin.createTopics([
    // The records' times are of years ago: nothing of them may be deleted while it runs.
    topic(INPUT, { 'retention.ms': '-1', ...inputConfig }),
    topic(TABLE, { 'retention.ms': '-1' }),
    topic(OUTPUT, { 'retention.ms': '-1', 'retention.bytes': '100000000', 'segment.bytes': '50000000' }),
  ]);
  await admin.close();
}

function record(key: string, value: string, timestamp: number): ProducerRecord {
  return { key: Buffer.from(key), value: Buffer.from(value), timestamp };
}

async function send(
  producer: ReturnType<KafkaClient['producer']>,
  topic: string,
  count: number,
  make: (index: number) => ProducerRecord,
): Promise<void> {
  for (let from = 0; from < count; from += CHUNK) {
    const length = Math.min(CHUNK, count - from);
    await producer.send([{ topic, records: Array.from({ length }, (_, index) => make(from + index)) }]);
  }
}

/** Mulberry32: numbers in [0, 1), the same for the same seed. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}
