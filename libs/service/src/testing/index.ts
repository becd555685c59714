export { memoryEntityStore, type MemoryEntityStore } from './memory-entity-store.js';
export { startServiceProcess, type LogLine, type ServiceProcess } from './service-process.js';
export { unusedKafka } from './unused-kafka.js';
