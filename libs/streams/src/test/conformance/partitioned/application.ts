// The application that runs cases over partitions: a module for `KafkaStreams.fromModule`, too.
import { createKafkaClient } from '@mesh/kafka';
import { StreamsBuilder, type StreamsModule, type Topology } from '../../../index.js';
import type { Case } from '../cases.js';
import { drawCase } from '../topology.js';

/** A case, and what keeps its topics and stores apart from those of others. */
export interface Prefixed {
  readonly given: Case;
  readonly prefix: string;
}

export interface PartitionedData {
  readonly brokers: string;
  readonly applicationId: string;
  readonly clientId: string;
  readonly cases: readonly Prefixed[];
  readonly caching: boolean;
}

const HOUR_MS = 3_600_000;

/** Cases side by side, each with topics of its own. */
export function partitionedTopology(cases: readonly Prefixed[]): Topology {
  const builder = new StreamsBuilder();
  for (const { given, prefix } of cases) drawCase(builder, given, prefix);
  return builder.build();
}

export default ((data) => ({
  topology: partitionedTopology(data.cases),
  options: {
    applicationId: data.applicationId,
    client: createKafkaClient({
      driver: process.env['KAFKA_DRIVER'] ?? 'kafkajs',
      brokers: [data.brokers],
      clientId: data.clientId,
    }),
    // With a cache, a commit is what lets changes go on: not so often that each does.
    ...(data.caching
      ? { processingGuarantee: 'at_least_once', commitIntervalMs: 1_000 }
      : { processingGuarantee: 'exactly_once_v2', cacheMaxBytes: 0 }),
    // What was repartitioned is read again, to be compared.
    repartitionPurgeIntervalMs: HOUR_MS,
    createDeadLetterTopics: false,
    onFailure: () => 'fail',
  },
})) satisfies StreamsModule<PartitionedData>;
