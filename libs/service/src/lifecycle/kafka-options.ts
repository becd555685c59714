import type { CreateKafkaClientOptions } from '@mesh/kafka';
import type { BaseConfig } from '../config/base.js';
import { kafkaSecurity } from '../config/kafka-security.js';
import type { Logger } from '../logging/logger.js';

/** How the environment says that Kafka is reached. */
export function kafkaClientOptions(
  config: BaseConfig,
  clientId: string,
  logger: Logger,
): CreateKafkaClientOptions {
  const security = kafkaSecurity(config);
  return {
    driver: config.KAFKA_DRIVER,
    brokers: config.KAFKA_BROKERS,
    clientId,
    logger: logger.child({ component: 'kafka' }),
    ...(security === undefined ? {} : { security }),
  };
}
