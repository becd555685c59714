import type { KafkaClient, KafkaClientOptions } from '../port/client.js';
import { KafkajsClient } from './kafkajs/client.js';

/** Every driver by the name `KAFKA_DRIVER` chooses it by. */
export const drivers = {
  kafkajs: (options: KafkaClientOptions): KafkaClient => new KafkajsClient(options),
} as const;
