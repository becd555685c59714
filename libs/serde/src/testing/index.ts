export { memorySchemaRegistry } from './memory-registry.js';
export type { MemorySchemaRegistry } from './memory-registry.js';
