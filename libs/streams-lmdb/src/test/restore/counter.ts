// An application that counts by key with state in LMDB, as a process of its own, to be killed. Options come as JSON in
// the first argument; how it is goes to the parent.
import { createKafkaClient } from '@mesh/kafka';
import { KafkaStreams, stringSerde, StreamsBuilder } from '@mesh/streams';
import { lmdbStores } from '../../index.js';

export interface CounterOptions {
  readonly brokers: string;
  readonly directory: string;
  readonly commitIntervalMs: number;
}

export interface CounterReport {
  readonly state: string;
  readonly processed: number;
  /** Changelog records read to restore state. */
  readonly restored: number;
  /** The most records processed from one commit to the next. */
  readonly mostPerCommit: number;
  readonly error: string | undefined;
}

/** How often it looks at itself: well within a commit interval. Milliseconds. */
const LOOK_MS = 10;

const options = JSON.parse(process.argv[2] ?? '{}') as CounterOptions;
const builder = new StreamsBuilder();
builder.stream('in', { key: stringSerde, value: stringSerde }).groupByKey().count({ store: 'counts' });
const app = new KafkaStreams(builder.build(), {
  applicationId: 'counter',
  client: createKafkaClient({ brokers: [options.brokers], clientId: 'counter' }),
  processingGuarantee: 'exactly_once_v2',
  commitIntervalMs: options.commitIntervalMs,
  instanceId: 'one',
  stateStores: lmdbStores({ directory: options.directory, mapSizeBytes: 8 * 1024 ** 3 }),
  sessionTimeoutMs: 6_000,
});

const metric = (name: string): number =>
  app
    .metrics()
    .filter((one) => one.name === name)
    .reduce((sum, { value }) => sum + value, 0);

let commits = 0;
let processedAtCommit = 0;
let mostPerCommit = 0;
setInterval(() => {
  const processed = metric('process-total');
  const commitsNow = metric('commit-total');
  if (commitsNow !== commits) {
    // Of several commits between two looks, each has at most what all have.
    mostPerCommit = Math.max(mostPerCommit, processed - processedAtCommit);
    commits = commitsNow;
    processedAtCommit = processed;
  }
  const restored = metric('restore-total');
  const report: CounterReport = {
    ...{ state: app.state, processed, restored, mostPerCommit },
    error: app.error?.message,
  };
  process.send?.(report);
}, LOOK_MS);
process.on('disconnect', () => process.exit(1));
await app.start();
