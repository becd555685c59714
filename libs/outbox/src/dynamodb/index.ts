export { createDynamoDbClient, type DynamoDbClientOptions } from './client.js';
export { DynamoDbEntities, type Change, type ChangeContext, type EntitiesOptions } from './entities.js';
export { openDynamoDbOutbox, type OpenOptions, type OpenOutbox } from './open.js';
export { createDynamoDbOutbox, type DynamoDbOutbox, type DynamoDbOutboxOptions } from './outbox.js';
export type { Reference } from './references.js';
export { ensureTable } from './table.js';
