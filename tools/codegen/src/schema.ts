import type { AvroSchema, EnumSchema, RecordSchema } from './model.js';

const hasType = (schema: AvroSchema, type: string) =>
  typeof schema === 'object' && schema !== null && 'type' in schema && schema.type === type;

export const isUnion = (schema: AvroSchema): schema is readonly AvroSchema[] => Array.isArray(schema);
export const isRecord = (schema: AvroSchema): schema is RecordSchema =>
  hasType(schema, 'record') && Array.isArray((schema as RecordSchema).fields);
export const isEnum = (schema: AvroSchema): schema is EnumSchema =>
  hasType(schema, 'enum') && Array.isArray((schema as EnumSchema).symbols);
export const isArray = (
  schema: AvroSchema,
): schema is { readonly type: 'array'; readonly items: AvroSchema } => hasType(schema, 'array');
export const isMap = (schema: AvroSchema): schema is { readonly type: 'map'; readonly values: AvroSchema } =>
  hasType(schema, 'map');
export const isFixed = (schema: AvroSchema): schema is { type: 'fixed'; name: string; size: number } =>
  hasType(schema, 'fixed');

/** The type that may also be null; `undefined` for any other schema. Null comes first, so that it can be the default. */
export function nullableOf(schema: AvroSchema): AvroSchema | undefined {
  return isUnion(schema) && schema.length === 2 && schema[0] === 'null' ? schema[1] : undefined;
}
