export type { Deserializer, Serde, Serializer } from './serde.js';
export { RejectedRecordError, type Sink, type SinkRecord } from './sink.js';
