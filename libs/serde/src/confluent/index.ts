export { confluentSchemaRegistry } from './registry.js';
export type { ConfluentRegistryOptions } from './registry.js';
export { registerConfluentSchema } from './register.js';
export type { ConfluentCompatibility, ConfluentRegistration } from './register.js';
export type { ConfluentConnection } from './client.js';
