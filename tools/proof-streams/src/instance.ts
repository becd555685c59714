// An instance of the application as a process of its own, to be killed. Options come as JSON in the first argument;
// progress goes to the parent.
import { createKafkaClient, type KafkaLogger } from '@mesh/kafka';
import { KafkaStreams } from '@mesh/streams';
import { BROKERS } from './cluster.js';
import { APPLICATION_ID, chaosTopology } from './topology.js';

export interface InstanceOptions {
  readonly brokers: readonly string[];
  readonly name: string;
  /** Kept over restarts by some: their open transactions end at their return, those of others by the timeout. */
  readonly instanceId?: string;
  readonly sessionTimeoutMs: number;
  readonly transactionTimeoutMs: number;
}

export interface Progress {
  readonly state: string;
  readonly processed: number;
  readonly restored: number;
  readonly error: string | undefined;
}

const options = JSON.parse(process.argv[2] ?? '{}') as InstanceOptions;

function line(level: string, fields: object, message: string): void {
  // An error has nothing of its own that JSON would show.
  const shown = JSON.stringify(fields, (_name, value: unknown) =>
    value instanceof Error ? value.message : value,
  );
  process.stdout.write(`${new Date().toISOString()} ${level} ${message} ${shown}\n`);
}

const logger: KafkaLogger = {
  debug: () => undefined,
  info: (fields, message) => line('info', fields, message),
  warn: (fields, message) => line('warn', fields, message),
  error: (fields, message) => line('error', fields, message),
};
const client = createKafkaClient({
  driver: process.env['KAFKA_DRIVER'] ?? 'kafkajs',
  brokers: options.brokers,
  clientId: options.name,
  logger,
});
const app = new KafkaStreams(chaosTopology(), {
  applicationId: APPLICATION_ID,
  client,
  processingGuarantee: 'exactly_once_v2',
  sessionTimeoutMs: options.sessionTimeoutMs,
  transactionTimeoutMs: options.transactionTimeoutMs,
  replicationFactor: BROKERS,
  onFailure: () => 'fail',
  logger,
  ...(options.instanceId === undefined ? {} : { instanceId: options.instanceId }),
});

function metric(name: string): number {
  return app.metrics().find((candidate) => candidate.name === name)?.value ?? 0;
}

setInterval(() => {
  const progress: Progress = {
    state: app.state,
    processed: metric('process-total'),
    restored: metric('restore-total'),
    error: app.error?.message,
  };
  process.send?.(progress);
}, 50);
process.on('SIGTERM', () => {
  void app
    .close()
    .then(() => client.close())
    .then(() => process.exit(0));
});
// Orphaned: whoever started it is gone.
process.on('disconnect', () => process.exit(1));
await app.start();
