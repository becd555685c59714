// Routes say more than Fastify knows: summary, tags and description go into /openapi.json.
/// <reference types="@fastify/swagger" preserve="true" />
export { Type, type Static, type TObject, type TSchema } from '@sinclair/typebox';
export { AwsConfigProperties, SchemaRegistryConfigProperties } from './config/aws.js';
export { BaseConfigSchema, CommaList, Secret, type BaseConfig } from './config/base.js';
export { DynamoDbConfigProperties } from './config/dynamodb.js';
export {
  ConfigError,
  defaultsOf,
  EXIT_CONFIG,
  loadConfig,
  parseConfig,
  type ConfigFault,
  type ConfigOf,
  type Environment,
} from './config/load.js';
export type { EntityDefinition } from './entities/definition.js';
export {
  durationField,
  entityFields,
  flagField,
  idField,
  instantField,
  nullableField,
  patternField,
  textField,
  textsField,
  type EntityField,
} from './entities/fields.js';
export { addEntityRoutes, type EntityRoutesOptions } from './entities/routes.js';
export type {
  ChangeContext,
  ConflictOutcome,
  EntityStore,
  ExistsOutcome,
  Idempotency,
  KeyReusedOutcome,
  MissingOutcome,
  RefusedOutcome,
  RemovedOutcome,
  Stored,
  StoredOutcome,
} from './entities/store.js';
export { FunctionConfigProperties } from './functions/config.js';
export type { MskBatchResponse, MskEvent, MskRecord } from './functions/msk-event.js';
export {
  mskFunction,
  UnfinishedBatchError,
  type FunctionConfig,
  type FunctionContext,
  type MskFunctionDefinition,
  type MskHandler,
} from './functions/msk-function.js';
export { ProblemError, type FieldProblem, type ProblemDetails, type ProblemOptions } from './http/problem.js';
export { FieldProblemSchema, ProblemSchema } from './http/problem-schema.js';
export type { ServiceContext, ServiceDefinition, StartedService } from './lifecycle/context.js';
export { StartAbandoned } from './lifecycle/patience.js';
export { EXIT_FAILED, EXIT_OK, EXIT_UNCLEAN, runService } from './lifecycle/run.js';
export { startService, type Service, type ServiceParts } from './lifecycle/service.js';
export { CORRELATION_HEADER, correlationId, withCorrelationId } from './logging/correlation.js';
export { createLogger, type Logger, type LoggerOptions } from './logging/logger.js';
export { counter, gauge, histogram, LATENCY_BUCKETS, type InstrumentOptions } from './metrics/instruments.js';
export { createMetrics, ServiceMetrics } from './metrics/registry.js';
export { exportSamples, type Sample } from './metrics/samples.js';
export { StreamsConfigProperties } from './streams/config.js';
export { kafkaStreamsService, type StreamsServiceDefinition } from './streams/kafka-streams-service.js';
export {
  streamsModule,
  type StreamsApplication,
  type StreamsConfig,
  type StreamsContext,
  type StreamsModuleData,
  type StreamsParts,
  type WatchedSink,
} from './streams/streams-module.js';
export { noTracing, type Publication, type Traceable, type Tracing } from './tracing/tracing.js';
