export { BatchingProducer, type BatchingProducerOptions } from './batching-producer.js';
export { createKafkaClient, driverNames, type CreateKafkaClientOptions, type DriverName } from './client.js';
export { rangeAssignor } from './core/assignor.js';
export { murmur2, partitionFor } from './partitioner.js';
export type { Admin, TopicDescription, TopicSpec } from './port/admin.js';
export type {
  Assignor,
  GroupSubscription,
  MemberAssignment,
  MemberSubscription,
  RebalanceProtocol,
} from './port/assignor.js';
export type {
  Capabilities,
  KafkaClient,
  KafkaClientOptions,
  KafkaLogger,
  KafkaSecurity,
  PasswordSasl,
  TokenSasl,
} from './port/client.js';
export type {
  CloseOptions,
  Consumer,
  ConsumerOptions,
  GroupMetadata,
  OffsetReset,
  PartitionReader,
  RebalanceListener,
} from './port/consumer.js';
export { KafkaError, SendError, type KafkaErrorCode, type RecordFailure } from './port/errors.js';
export type {
  Appended,
  PartitionRecords,
  Producer,
  ProducerOptions,
  RecordsBatch,
  SendBatch,
  TopicRecords,
  TransactionalProducer,
  TransactionalProducerOptions,
} from './port/producer.js';
export type {
  ConsumedRecord,
  Header,
  PartitionOffset,
  ProducerRecord,
  RecordBatch,
  TopicPartition,
} from './port/records.js';
export { RecordAccumulator } from './record-accumulator.js';
export { applyTopics, type ApplyTopicsOptions, type TopicDrift, type TopicsReport } from './topics.js';
