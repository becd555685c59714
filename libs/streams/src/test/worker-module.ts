// A module for `KafkaStreams.fromModule`, whose workers can be made to end.
import { createKafkaClient } from '@mesh/kafka';
import { execFileSync } from 'node:child_process';
import { threadId, isMainThread } from 'node:worker_threads';
import type { KafkaStreamsOptions, StreamsModule } from '../index.js';
import { countingTopology, countingTopologyWithNames, meetingTopology } from './topologies.js';

export type Death = 'exit' | 'out-of-memory' | 'unhandled-rejection' | 'endless-loop' | 'native-code';

export interface WorkerModuleData {
  readonly brokers: string;
  readonly name: string;
  readonly options: Pick<
    KafkaStreamsOptions,
    | 'processingGuarantee'
    | 'sessionTimeoutMs'
    | 'groupInstanceId'
    | 'numStandbyReplicas'
    | 'applicationServer'
  >;
  /** Default: `counting`. */
  readonly topology?: keyof typeof TOPOLOGIES;
  readonly death?: Death;
  /** For the death in native code, which waits for this file. */
  readonly until?: string;
  /** Shared with the test: how many workers are to die as soon as they can. */
  readonly deaths: Int32Array<SharedArrayBuffer>;
  /** For `meeting`. */
  readonly here: Int32Array<SharedArrayBuffer>;
}

const TOPOLOGIES = {
  counting: ({ name }: WorkerModuleData) => countingTopology(name),
  names: ({ name }: WorkerModuleData) => countingTopologyWithNames(name),
  meeting: ({ name, here }: WorkerModuleData) => meetingTopology(name, here),
};
const POLL_MS = 5;

const DIE: Readonly<Record<Death, (data: WorkerModuleData) => void>> = {
  exit: () => process.exit(7),
  'out-of-memory': () => {
    const kept: unknown[] = [];
    for (;;) kept.push(new Array(1_000_000).fill(threadId));
  },
  'endless-loop': () => {
    for (;;);
  },
  // As nothing can end that waits for a lock in native code.
  'native-code': ({ until = '' }) => {
    execFileSync('sh', ['-c', 'until [ -e "$0" ]; do sleep 0.1; done', until], { stdio: 'ignore' });
  },
  'unhandled-rejection': () => void Promise.reject(new Error('nobody catches this')),
};

export default ((data) => {
  const { brokers, name, options, topology = 'counting', death = 'exit', deaths } = data;
  if (!isMainThread) {
    setInterval(() => {
      const left = Atomics.load(deaths, 0);
      if (left > 0 && Atomics.compareExchange(deaths, 0, left, left - 1) === left) DIE[death](data);
    }, POLL_MS).unref();
  }
  return {
    topology: TOPOLOGIES[topology](data),
    options: {
      applicationId: name,
      client: createKafkaClient({
        driver: process.env['KAFKA_DRIVER'] ?? 'kafkajs',
        brokers: [brokers],
        clientId: name,
      }),
      sessionTimeoutMs: 1_500,
      transactionTimeoutMs: 2_000,
      commitIntervalMs: 50,
      ...options,
    },
  };
}) satisfies StreamsModule<WorkerModuleData>;
