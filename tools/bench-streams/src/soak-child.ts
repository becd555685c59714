// A stateful application that goes on until its parent says stop, and tells it of its memory each second.
import { createKafkaClient } from '@mesh/kafka';
import { KafkaStreams, longSerde, stringSerde, StreamsBuilder, TimeWindows } from '@mesh/streams';
import { INPUT, OUTPUT } from './input.js';

export interface SoakReport {
  readonly processed: number;
  readonly rssMiB: number;
  readonly heapMiB: number;
  readonly error: string | undefined;
}

const MIB = 1024 * 1024;
const REPORT_MS = 1_000;

const builder = new StreamsBuilder();
const records = builder.stream(INPUT, { key: stringSerde, value: stringSerde });
const counts = { key: stringSerde, value: longSerde };
records.groupByKey().count({ store: 'counts' }).toStream().to(OUTPUT, counts);
records
  .groupByKey()
  .windowedBy(TimeWindows.of({ sizeMs: 10_000, graceMs: 5_000 }))
  .count({ store: 'windows' })
  .toStream()
  .map((windowed, count) => [`${windowed.key}@${windowed.start}`, count] as const)
  .to(OUTPUT, counts);

const client = createKafkaClient({ brokers: [process.argv[2] ?? ''], clientId: 'soak' });
const app = new KafkaStreams(builder.build(), {
  applicationId: 'soak',
  client,
  processingGuarantee: 'exactly_once_v2',
  onFailure: () => 'fail',
  createDeadLetterTopics: false,
  replicationFactor: 1,
});
await app.start();
const timer = setInterval(() => {
  const { rss, heapUsed } = process.memoryUsage();
  const report: SoakReport = {
    processed: app.metrics().find(({ name }) => name === 'process-total')?.value ?? 0,
    rssMiB: rss / MIB,
    heapMiB: heapUsed / MIB,
    error: app.error?.message,
  };
  process.send?.(report);
}, REPORT_MS);
process.once('disconnect', () => {
  clearInterval(timer);
  void app
    .close()
    .then(() => client.close())
    .then(() => process.exit(0));
});
