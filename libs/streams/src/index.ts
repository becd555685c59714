export type { BranchedKStream } from './dsl/branched.js';
export { StreamsBuilder } from './dsl/builder.js';
export type {
  CogroupedKStream,
  SessionWindowedCogroupedKStream,
  TimeWindowedCogroupedKStream,
} from './dsl/cogrouped.js';
export type { GlobalKTable } from './dsl/global-ktable.js';
export type { KGroupedStream } from './dsl/grouped.js';
export type { KGroupedTable } from './dsl/grouped-table.js';
export type { KStream, Partitioning } from './dsl/kstream.js';
export type { KTable } from './dsl/ktable.js';
export type {
  BufferConfig,
  Consumed,
  DistinctOptions,
  FeedOptions,
  ForeignKeyJoined,
  GlobalConsumed,
  Grouped,
  Joined,
  Kept,
  Lasting,
  MapAsyncOptions,
  Materialized,
  Named,
  ProcessOptions,
  Produced,
  Repartitioned,
  RepartitionOptions,
  StoreBuilders,
  StreamJoined,
  StreamPartitioner,
  Suppressed,
  TableConsumed,
  TimestampExtractor,
  TopicNameExtractor,
  WindowMaterialized,
} from './dsl/options.js';
export type { SessionWindowedKStream } from './dsl/session-windowed.js';
export type { TimeWindowedKStream } from './dsl/windowed.js';
export { StreamsError, type StreamsErrorCode } from './errors.js';
export type { FixedKeyRecord } from './processor/fixed-key-record.js';
export type {
  Cancellable,
  FixedKeyProcessor,
  FixedKeyProcessorContext,
  FixedKeyProcessorSupplier,
  ProcessingContext,
  Processor,
  ProcessorContext,
  ProcessorRecord,
  ProcessorSupplier,
  PunctuationType,
  Punctuator,
  ScheduleOptions,
  ValueTransformer,
  ValueTransformerContext,
  ValueTransformerSupplier,
} from './processor/processor.js';
export {
  Stores,
  type KeyValueStore,
  type SessionStore,
  type StoreBuilder,
  type StoresOf,
  type StoreSettings,
  type VersionedKeyValueStore,
  type VersionedRecord,
  type WindowStore,
} from './processor/stores.js';
export { Windowed, type RecordMetadata } from './record.js';
export {
  planReset,
  resetApplication,
  type ResetOptions,
  type ResetPlan,
  type ResetTo,
} from './runtime/application-reset.js';
export type { KafkaStreamsOptions, ProcessingGuarantee } from './runtime/config.js';
export type {
  FailureDecision,
  FailureHandler,
  FailureStage,
  RecordFailure,
  UncaughtErrorDecision,
  UncaughtErrorHandler,
} from './runtime/failures.js';
export { KafkaStreams, type FromModuleOptions } from './runtime/kafka-streams.js';
export type { Metric, MetricGroup } from './runtime/metrics.js';
export { formatMetrics, prometheusText } from './runtime/metrics-format.js';
export type { StoreMetadata, StreamsMetadata } from './runtime/queries/metadata.js';
export type { Position } from './runtime/queries/position.js';
export {
  isFailure,
  StateQueryError,
  type Behind,
  type KeyQuery,
  type MultiVersionedKeyQuery,
  type PartitionAnswer,
  type PartitionFailure,
  type QueryFailureReason,
  type RangeQuery,
  type SessionQuery,
  type Staleness,
  type StateEntry,
  type StateQuery,
  type StateQueryRequest,
  type StateQueryResult,
  type TaskRole,
  type VersionedKeyQuery,
  type WindowKeyQuery,
  type WindowRangeQuery,
} from './runtime/queries/query.js';
export {
  QueryableStoreTypes,
  type QueryableKeyValueStore,
  type QueryableSessionStore,
  type QueryableStoreType,
  type QueryableVersionedStore,
  type QueryableWindowStore,
  type QueryExecutor,
  type StoreQueryOptions,
  type TimeRange,
} from './runtime/queries/stores.js';
export type { StateListener, StreamsState } from './runtime/state-machine.js';
export type { StreamsDefinition, StreamsModule } from './runtime/workers/streams-module.js';
export type { StreamsWorkerOptions } from './runtime/workers/worker-thread.js';
export type { Deserializer, Serde, Serializer } from './serde.js';
export { listSerde } from './serdes/list.js';
export {
  bigintSerde,
  bytesSerde,
  doubleSerde,
  formatOnlySerde,
  integerSerde,
  jsonSerde,
  longSerde,
  nullable,
  SerdeError,
  stringSerde,
  uuidSerde,
} from './serdes/serdes.js';
export { sessionWindowedSerde, timeWindowedSerde } from './serdes/windowed.js';
export {
  sinkCalls,
  sinkWriteEnded,
  sinkWriteStarted,
  type SinkCall,
  type SinkWriteEnded,
  type SinkWriteStarted,
} from './diagnostics.js';
export { RejectedRecordError, type Sink, type SinkRecord } from './sink.js';
export type { ReadOnlyKeyValueStore, ReadOnlyWindowStore, Stored } from './state/ports.js';
export { topologyChanges, type TopologyChange, type TopologyChangeCode } from './topology/changes.js';
export {
  describeTopology,
  type InternalTopicDescriptor,
  type StoreDescriptor,
  type SubTopologyDescriptor,
  type TopologyDescriptor,
} from './topology/descriptor.js';
export type {
  Checkpoint,
  KeyRange,
  SortedTable,
  StateStoreProvider,
  StorageUsage,
  StoreCheckpoint,
  StoredTask,
  TableWrites,
  TaskStorage,
} from './state/provider.js';
export type { Topology } from './topology/topology.js';
export {
  JoinWindows,
  SessionWindows,
  SlidingWindows,
  TimeWindows,
  UnlimitedWindows,
  type JoinWindowsOptions,
  type SessionWindowsOptions,
  type SlidingWindowsOptions,
  type TimeWindowsOptions,
} from './topology/windows.js';
