export { databaseError, isUnavailable } from './errors.js';
export { postgresOutboxSource, type PostgresOutboxOptions } from './source.js';
export { OUTBOX_TABLE } from './table.js';
export { writeToOutbox, type WriteOptions } from './write.js';
