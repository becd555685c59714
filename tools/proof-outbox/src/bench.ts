// `npm run bench:outbox -- [--rate N] [--seconds N]`: from a commit in Postgres until its event can be read committed.
import { startKafka, startPostgres } from '@mesh/local-cloud';
import { createKafkaClient, type KafkaLogger } from '@mesh/kafka';
import { Relay } from '@mesh/outbox';
import { OUTBOX_TABLE, postgresOutboxSource, writeToOutbox } from '@mesh/outbox/postgres';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Pool } from 'pg';

const { values } = parseArgs({
  options: { rate: { type: 'string', default: '200' }, seconds: { type: 'string', default: '30' } },
});
const rate = Number(values.rate);
const seconds = Number(values.seconds);
const TOPIC = 'bench';
const PARTITIONS = 4;
const VALUE = Buffer.alloc(200, 'x');
/** The first of it is warming up and not counted. */
const WARM_UP_SHARE = 0.2;
const DRAIN_MS = 60_000;

const [kafka, postgres] = await Promise.all([startKafka(), startPostgres()]);
const client = createKafkaClient({ brokers: kafka.bootstrap.split(','), clientId: 'bench' });
const pool = new Pool({ connectionString: postgres.url, max: 20 });
// The relay's session may still be closing when the server stops.
pool.on('error', (error) => console.error(`bench:outbox: ${error.message}`));
const committed = new Map<string, number>();
const latencies: number[] = [];
const log: KafkaLogger = {
  debug: () => {},
  info: () => {},
  warn: (fields, message) => console.error(message, fields),
  error: (fields, message) => console.error(message, fields),
};

const admin = client.admin();
await admin.createTopics([{ name: TOPIC, partitions: PARTITIONS, replicationFactor: 1, config: {} }]);
await admin.close();
await pool.query(OUTBOX_TABLE);
const relay = new Relay({
  source: postgresOutboxSource({ pool }),
  kafka: client,
  transactionalId: 'bench-outbox',
  log,
});
const relaying = relay.run();

const total = rate * seconds;
let read = 0;
const reading = (async () => {
  const from = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic: TOPIC, partition, offset: 0 }));
  const reader = await client.reader(from);
  const deadline = Date.now() + seconds * 1_000 + DRAIN_MS;
  while (read < total) {
    if (Date.now() > deadline) throw new Error(`only ${read} of ${total} events arrived`);
    for (const { records } of await reader.poll(100)) {
      const now = performance.now();
      for (const { key } of records) {
        read += 1;
        const at = committed.get(String(key));
        // Read before this process learned of the commit: no time at all.
        if (read > total * WARM_UP_SHARE) latencies.push(at === undefined ? 0 : Math.max(0, now - at));
      }
    }
  }
  await reader.close();
})();

async function write(id: string): Promise<void> {
  const session = await pool.connect();
  await session.query('BEGIN');
  await writeToOutbox(session, {
    eventId: randomUUID(),
    topic: TOPIC,
    aggregateId: id,
    version: 1,
    occurredAt: Date.now(),
    value: VALUE,
    headers: [],
  });
  await session.query('COMMIT');
  committed.set(id, performance.now());
  session.release();
}

const started = performance.now();
const writing: Promise<void>[] = [];
for (let number = 0; number < total; number++) {
  const due = started + (number * 1_000) / rate;
  if (due > performance.now()) await sleep(due - performance.now());
  writing.push(write(`thing-${number}`));
}
await Promise.all(writing);
const wrote = (performance.now() - started) / 1_000;
await reading;
await relay.close();
await relaying;

latencies.sort((a, b) => a - b);
const percentile = (share: number): string =>
  (latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? NaN).toFixed(1);
const transactions = relay.metrics().find(({ name }) => name === 'outbox_transactions_total')?.value ?? 0;
console.log(
  `bench:outbox postgres: ${total} events at ${(total / wrote).toFixed(0)}/s in ${transactions} transactions; ` +
    `commit to readable p50 ${percentile(0.5)} ms, p99 ${percentile(0.99)} ms, max ${percentile(1)} ms`,
);
await client.close();
await pool.end();
await Promise.all([kafka.stop(), postgres.stop()]);
