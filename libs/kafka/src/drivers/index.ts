import type { KafkaClient, KafkaClientOptions } from '../port/client.js';
import { ClusterClient } from '../core/client.js';

/** Every driver by the name `KAFKA_DRIVER` chooses it by. */
export const drivers = {
  kafkajs: (options: KafkaClientOptions): KafkaClient => new ClusterClient(options),
} as const;
