import { inspect } from 'node:util';
import { StreamsError } from '../errors.js';

const SERVER = /^(\[[0-9A-Fa-f:.]+\]|[^\s/:]+):[0-9]{1,5}$/;

/** @throws StreamsError `INVALID_CONFIG` where that is no `host:port` */
export function requireServer(value: string): string {
  if (typeof value === 'string' && SERVER.test(value)) return value;
  throw new StreamsError(
    'INVALID_CONFIG',
    `applicationServer is ${inspect(value)}: it takes host:port, without a protocol`,
  );
}
