export { glueSchemaRegistry } from './registry.js';
export type { GlueRegistryOptions } from './registry.js';
export { registerSchema } from './register.js';
export type { Compatibility, RegisteredVersion, SchemaRegistration } from './register.js';
export type { GlueConnection } from './client.js';
