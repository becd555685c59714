export type { Admin, TopicDescription, TopicSpec } from './port/admin.js';
export type { Capabilities, KafkaClient, KafkaClientOptions, KafkaLogger, KafkaSecurity } from './port/client.js';
export type {
  Consumer,
  ConsumerOptions,
  GroupMetadata,
  OffsetReset,
  PartitionReader,
  RebalanceListener,
} from './port/consumer.js';
export { KafkaError, type KafkaErrorCode } from './port/errors.js';
export type {
  Appended,
  Producer,
  ProducerOptions,
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
