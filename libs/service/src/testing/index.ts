export { callJson, type JsonAnswer } from './call-json.js';
export { memoryEntityStore, type MemoryEntityStore } from './memory-entity-store.js';
export { startServiceProcess, type LogLine, type ServiceProcess } from './service-process.js';
export { unusedKafka } from './unused-kafka.js';
export { startTraceCollector, type CollectedSpan, type TraceCollector } from './trace-collector.js';
