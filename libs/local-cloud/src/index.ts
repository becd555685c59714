export { LocalCloudError, type LocalCloudErrorCode } from './errors.js';
export { meshHome, toolsDir } from './install/paths.js';
export { installKafka } from './install/maven.js';
export { freePort, freePorts } from './servers/ports.js';
export {
  startKafka,
  type KafkaBroker,
  type KafkaOptions,
  type KafkaServer,
} from './servers/kafka/start-kafka.js';
