// An instance of an application with state in LMDB, as a process of its own. Options come as JSON in the first argument;
// how it is goes to the parent. It imports packages by their names alone, and what every version of them has: where it
// lies decides which build it runs on.
import { createKafkaClient } from '@mesh/kafka';
import { KafkaStreams, longSerde, StreamsBuilder, stringSerde, TimeWindows } from '@mesh/streams';
// eslint-disable-next-line @nx/enforce-module-boundaries -- by its name, see above
import { lmdbStores } from '@mesh/streams-lmdb';

export interface InstanceOptions {
  readonly brokers: string;
  readonly applicationId: string;
  readonly instanceId: string;
  readonly directory: string;
}

export interface InstanceReport {
  /** The file that `@mesh/streams` is. */
  readonly library: string;
  readonly state: string;
  /** Whether it processes what it was assigned. */
  readonly ready: boolean;
  readonly processed: number;
  /** How many stores its tasks have. */
  readonly stores: number;
  /** Records read of changelogs, for its tasks or for copies. */
  readonly changelogRecords: number;
  readonly error: string | undefined;
}

const REPORT_MS = 20;

const options = JSON.parse(process.argv[2] ?? '{}') as InstanceOptions;
const { applicationId } = options;
const strings = { key: stringSerde, value: stringSerde };

// Records are copied, and counted by the part of their value before the colon; each count goes on.
const builder = new StreamsBuilder();
const input = builder.stream('in', strings);
input.to('copies', strings);
const groups = input.groupBy((_key, value) => value.split(':')[0] ?? '', { name: 'by-group', ...strings });
groups.count({ store: 'counts', caching: false }).toStream().to('counts', {
  key: stringSerde,
  value: longSerde,
});
groups
  .windowedBy(TimeWindows.of({ sizeMs: 1_000, graceMs: 3_600_000 }))
  .count({ store: 'window-counts', caching: false })
  .toStream()
  .map((window, count) => [`${window.key}@${window.start}`, count] as const)
  .to('window-counts', { key: stringSerde, value: longSerde });

const client = createKafkaClient({ brokers: [options.brokers], clientId: options.instanceId });
let changelogRecords = 0;
const openReader = client.reader.bind(client);
client.reader = async (from) => {
  const reader = await openReader(from);
  return {
    poll: async (maxWaitMs) => {
      const batches = await reader.poll(maxWaitMs);
      for (const { records } of batches) changelogRecords += records.length;
      return batches;
    },
    close: () => reader.close(),
  };
};
const app = new KafkaStreams(builder.build(), {
  applicationId,
  client,
  instanceId: options.instanceId,
  processingGuarantee: 'exactly_once_v2',
  stateStores: lmdbStores({ directory: options.directory, mapSizeBytes: 64 * 1024 * 1024 }),
  commitIntervalMs: 50,
  onFailure: () => 'fail',
});

setInterval(() => {
  const metrics = app.metrics();
  const report: InstanceReport = {
    library: import.meta.resolve('@mesh/streams'),
    state: app.state,
    ready: app.ready,
    processed: metrics.find(({ name }) => name === 'process-total')?.value ?? 0,
    stores: metrics.filter(({ name }) => name === 'num-entries').length,
    changelogRecords,
    error: app.error?.message,
  };
  process.send?.(report);
}, REPORT_MS);
process.on('disconnect', () => process.exit(1));
process.on('SIGTERM', () => {
  void app
    .close()
    .then(() => client.close())
    .then(() => process.exit(0));
});
await app.start();
