import { createKafkaClient, type KafkaClient } from '@mesh/kafka';
import type { RunSettings } from './settings.js';

/** Our client for a run, of the driver that is asked for. */
export function clientOf({ bootstrap, application }: RunSettings): KafkaClient {
  return createKafkaClient({
    ...(process.env['KAFKA_DRIVER'] === undefined ? {} : { driver: process.env['KAFKA_DRIVER'] }),
    brokers: [bootstrap],
    clientId: application,
  });
}
