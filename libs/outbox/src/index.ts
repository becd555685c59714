export { checkEvent, DEFAULT_MAX_RECORD_BYTES, recordBytes } from './check-event.js';
export { OutboxError, type OutboxErrorCode } from './errors.js';
export type { OutboxEvent } from './event.js';
export type { RelaySample } from './relay/metrics.js';
export { Relay, type RelayOptions, type RelayState, type RelayTracing } from './relay/relay.js';
export type { OutboxBatch, OutboxLease, OutboxSource, OutboxStats } from './source.js';
