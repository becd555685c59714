export { LocalCloudError, type LocalCloudErrorCode } from './errors.js';
export { meshHome, toolsDir } from './install/paths.js';
export {
  installApicurio,
  installKafka,
  installOpenSearch,
  kafkaVersions,
  type KafkaVersion,
} from './install/maven.js';
export { buildJar } from './install/build-jar.js';
export { installPostgres } from './install/postgres.js';
export { botocoreDataDir, installMoto, type MotoInstallation } from './install/python.js';
export { toStderr, type Progress } from './install/install-once.js';
export { withLock } from './install/lock.js';
export { lastLines, logTail } from './servers/log-tail.js';
export { ManagedProcess, type ProcessSpec } from './servers/managed-process.js';
export { isRunning, processStartTime, signal } from './servers/process-table.js';
export { freePort, freePorts, isFree } from './servers/ports.js';
export {
  startKafka,
  type KafkaBroker,
  type KafkaOptions,
  type KafkaServer,
} from './servers/kafka/start-kafka.js';
export type { ListenerOptions } from './servers/kafka/properties.js';
export { prepareKafka } from './servers/kafka/broker-spec.js';
export { askCluster, askUnderReplicated, type ClusterView } from './servers/kafka/probe.js';
export type { LocalServer, LocalServerOptions, ServerPlace } from './servers/local-server.js';
export { prepareDynamoDb, startDynamoDb } from './servers/dynamodb.js';
export { startSchemaRegistry } from './servers/schema-registry.js';
export { prepareMoto, startMoto } from './servers/moto.js';
export { prepareOpenSearch, startOpenSearch, type OpenSearchOptions } from './servers/opensearch.js';
export { askPostgres } from './servers/postgres/probe.js';
export { postgresUrl, preparePostgres } from './servers/postgres/server-spec.js';
export { startPostgres } from './servers/postgres/start-postgres.js';
export { startDoubles, type Doubles, type DoublesOptions } from './doubles/index.js';
