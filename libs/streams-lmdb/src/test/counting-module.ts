// A module for `KafkaStreams.fromModule` that counts keys, with its state on disk.
import { createKafkaClient } from '@mesh/kafka';
import { StreamsBuilder, stringSerde, type StreamsModule } from '@mesh/streams';
import { isMainThread } from 'node:worker_threads';
import { lmdbStores } from '../index.js';

export interface CountingData {
  readonly brokers: string;
  readonly directory: string;
  /** Shared with the test: how many workers are to exit as soon as they can. */
  readonly deaths: Int32Array<SharedArrayBuffer>;
}

export default (({ brokers, directory, deaths }) => {
  if (!isMainThread) {
    setInterval(() => {
      if (Atomics.compareExchange(deaths, 0, 1, 0) === 1) process.exit(7);
    }, 5).unref();
  }
  const builder = new StreamsBuilder();
  builder.stream('in', { key: stringSerde, value: stringSerde }).groupByKey().count({ store: 'counts' });
  return {
    topology: builder.build(),
    options: {
      applicationId: 'counting',
      client: createKafkaClient({ brokers: [brokers], clientId: 'counting' }),
      processingGuarantee: 'exactly_once_v2',
      stateStores: lmdbStores({ directory }),
      commitIntervalMs: 50,
      sessionTimeoutMs: 6_000,
      transactionTimeoutMs: 2_000,
    },
  };
}) satisfies StreamsModule<CountingData>;
