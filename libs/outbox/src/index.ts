export { OutboxError, type OutboxErrorCode } from './errors.js';
export type { OutboxEvent } from './event.js';
export type { RelayOptions, RelayState } from './relay/relay.js';
export type { OutboxBatch, OutboxLease, OutboxSource, OutboxStats } from './source.js';
