import type { Transport } from '../core/transport.js';
import { kafkajs } from './kafkajs/index.js';
import { platformatic } from './platformatic/index.js';

/** Every driver by the name `KAFKA_DRIVER` chooses it by. */
export const drivers = { kafkajs, platformatic } as const satisfies Readonly<Record<string, Transport>>;
