import { ClusterClient } from './core/client.js';
import { drivers } from './drivers/index.js';
import type { KafkaClient, KafkaClientOptions } from './port/client.js';
import { KafkaError } from './port/errors.js';

export type DriverName = keyof typeof drivers;

export const driverNames = Object.keys(drivers) as readonly DriverName[];

export interface CreateKafkaClientOptions extends KafkaClientOptions {
  /** Which client library carries the port; default `kafkajs`. A string, as it comes from the environment. */
  readonly driver?: string;
}

/**
 * Makes a client; connecting begins with its first use.
 * @throws KafkaError UNSUPPORTED for a driver that does not exist, PROTOCOL for a broker address that is none
 */
export function createKafkaClient({ driver = 'kafkajs', ...options }: CreateKafkaClientOptions): KafkaClient {
  if (!isDriver(driver)) {
    throw new KafkaError(
      'UNSUPPORTED',
      `there is no Kafka driver ${driver}; there is ${driverNames.join(', ')}`,
    );
  }
  if (options.brokers.length === 0)
    throw new KafkaError('PROTOCOL', 'no broker address was given; set KAFKA_BROKERS');
  for (const broker of options.brokers) {
    if (!/^(\[[^\]]+\]|[^:\s]+):\d{1,5}$/.test(broker)) {
      throw new KafkaError('PROTOCOL', `broker address "${broker}" is not host:port`);
    }
  }
  return new ClusterClient(drivers[driver], options);
}

function isDriver(name: string): name is DriverName {
  return Object.hasOwn(drivers, name);
}
