// An instance of an application as a process of its own, to be killed. Options come as JSON in the first argument;
// progress goes to the parent, and what the sink is given is written by the parent.
import { createKafkaClient } from '@mesh/kafka';
import { KafkaStreams, type ProcessingGuarantee, type Sink } from '../index.js';
import { copyingTopology, countingTopology, sinkTopology } from './topologies.js';

export interface InstanceOptions {
  readonly brokers: string;
  readonly name: string;
  readonly topology: 'counting' | 'copying' | 'sink';
  readonly guarantee: ProcessingGuarantee;
  readonly instanceId?: string;
  /** As with a driver that cannot fence by group member: a transactional producer for each task. */
  readonly producerPerTask?: boolean;
}

export type FromInstance =
  | {
      readonly type: 'progress';
      readonly state: string;
      readonly processed: number;
      readonly restored: number;
    }
  | { readonly type: 'state'; readonly state: string; readonly notReady: string | undefined }
  | { readonly type: 'write'; readonly id: number; readonly key: string; readonly value: string };

export interface ToInstance {
  readonly type: 'written';
  readonly id: number;
}

const options = JSON.parse(process.argv[2] ?? '{}') as InstanceOptions;

function tell(message: FromInstance): void {
  process.send?.(message);
}

function parentSink(): Sink<string, string> {
  const writes = new Map<number, (error?: Error) => void>();
  let next = 0;
  let drained: (() => void) | undefined;
  process.on('message', ({ id }: ToInstance) => {
    const done = writes.get(id);
    writes.delete(id);
    done?.();
    if (writes.size === 0) drained?.();
  });
  return {
    write: ({ key, value }, done) => {
      next += 1;
      writes.set(next, done);
      tell({ type: 'write', id: next, key, value });
    },
    flush: () =>
      new Promise((resolve) => {
        drained = resolve;
        if (writes.size === 0) resolve();
      }),
    close: async () => undefined,
  };
}

const topologies = {
  counting: () => countingTopology(options.name),
  copying: () => copyingTopology(options.name),
  sink: () => sinkTopology(options.name, parentSink()),
};

const client = createKafkaClient({
  driver: process.env['KAFKA_DRIVER'] ?? 'kafkajs',
  brokers: [options.brokers],
  clientId: options.name,
});
if (options.producerPerTask === true) {
  Object.defineProperty(client, 'capabilities', { value: { ...client.capabilities, fencesByMember: false } });
}
const app = new KafkaStreams(topologies[options.topology](), {
  applicationId: options.name,
  client,
  processingGuarantee: options.guarantee,
  sessionTimeoutMs: 1_500,
  transactionTimeoutMs: 2_000,
  ...(options.instanceId === undefined ? {} : { instanceId: options.instanceId }),
  commitIntervalMs: 50,
  onStateChange: (state) => tell({ type: 'state', state, notReady: app.notReady }),
});

function metric(name: string): number {
  return app.metrics().find((candidate) => candidate.name === name)?.value ?? 0;
}

setInterval(
  () =>
    tell({
      type: 'progress',
      state: app.state,
      processed: metric('process-total'),
      restored: metric('restore-total'),
    }),
  20,
);
process.on('SIGTERM', () => {
  void app
    .close()
    .then(() => client.close())
    .then(() => process.exit(0));
});
await app.start();
