import type { CreateKafkaClientOptions, KafkaSecurity } from '@mesh/kafka';
import type { BaseConfig } from '../config/base.js';
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

function kafkaSecurity(config: BaseConfig): KafkaSecurity | undefined {
  const {
    KAFKA_SASL_MECHANISM: mechanism,
    KAFKA_SASL_USERNAME: username,
    KAFKA_SASL_PASSWORD: password,
  } = config;
  const sasl =
    mechanism === undefined || username === undefined || password === undefined
      ? undefined
      : { mechanism, username, password };
  if (!config.KAFKA_TLS && sasl === undefined) return undefined;
  return { tls: config.KAFKA_TLS, ...(sasl === undefined ? {} : { sasl }) };
}
