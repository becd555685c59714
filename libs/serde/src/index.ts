export { SerdeError } from './errors.js';
export type { SerdeErrorCode, SerdeErrorWhere } from './errors.js';
export { defaultLimits } from './limits.js';
export type { SerdeLimits } from './limits.js';
export type { RegisteredSchema, SchemaRegistry } from './registry.js';
export { createAvroSerde, definitionOf } from './serde.js';
export type { AvroContract, AvroSerde, AvroSerdeOptions } from './serde.js';
export { glueBody, glueHeader, readGlueFrame, writeGlueFrame } from './frame/glue-frame.js';
export type { Compression, GlueFrame } from './frame/glue-frame.js';
