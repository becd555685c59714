import avro from 'avsc';
import { reasonOf } from '../cause.js';
import { SerdeError } from '../errors.js';

/** avsc's own form of a schema. */
export type AvroType = avro.Type;
export type AvroUnion = avro.types.UnwrappedUnionType | avro.types.WrappedUnionType;

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Beyond these no schema of an event is sane, and avsc's recursion would be at the schema's mercy. */
const MAX_NESTING = 64;
const MAX_DEFINITION = 1_000_000;

/** The string type of every `uuid`, told apart from other strings by identity. */
export const UUID_TYPE: AvroType = new avro.types.StringType();

/**
 * Reads a schema for avsc: unions of null and one type become `T | null`, ambiguous ones are wrapped as
 * `{"string": …}`; logical types keep the value of what they are based on, so `timestamp-millis` is a number of
 * milliseconds and `uuid` a string.
 * @throws SerdeError `BAD_SCHEMA`
 */
export function parseSchema(definition: string | object): AvroType {
  const schema = typeof definition === 'string' ? parseJson(definition) : definition;
  checkNames(schema, '$', 0);
  try {
    return avro.Type.forSchema(schema as Parameters<typeof avro.Type.forSchema>[0], {
      noAnonymousTypes: true,
      omitRecordMethods: true,
      // Without a prototype, so that a type named as one of Object's methods is not found before it is defined.
      registry: Object.create(null) as Record<string, avro.Type>,
      typeHook: (inner) => (isUuid(inner) ? UUID_TYPE : undefined),
    });
  } catch (cause) {
    throw bad(reasonOf(cause), cause);
  }
}

export function isUnion(type: AvroType): type is AvroUnion {
  return type.typeName.startsWith('union:');
}

/** What a field's path begins with: `Interaction` for `music.interactions.Interaction`. */
export function rootPath(type: AvroType): string {
  return type.name?.split('.').at(-1) ?? type.typeName;
}

function parseJson(definition: string): unknown {
  if (definition.length > MAX_DEFINITION) throw bad(`it is longer than ${MAX_DEFINITION} characters`);
  try {
    return JSON.parse(definition);
  } catch (cause) {
    throw bad(reasonOf(cause), cause);
  }
}

function isUuid(schema: unknown): boolean {
  const { type, logicalType } = schema as { type?: unknown; logicalType?: unknown };
  return type === 'string' && logicalType === 'uuid';
}

/**
 * avsc writes names into code that it compiles, and looks fields and symbols up in plain objects: a field named
 * `toString` that a reader lacks is not skipped, and all after it is read from the wrong place. Such names are refused.
 */
function checkNames(schema: unknown, path: string, depth: number): void {
  if (depth > MAX_NESTING) throw bad(`${path} is nested more than ${MAX_NESTING} deep`);
  if (typeof schema === 'string') return;
  if (Array.isArray(schema)) {
    schema.forEach((branch, index) => checkNames(branch, `${path}[${index}]`, depth + 1));
    return;
  }
  if (typeof schema !== 'object' || schema === null)
    throw bad(`${path} is no schema: ${JSON.stringify(schema)}`);
  const { name, namespace, aliases, symbols, fields, items, values, type } = schema as Record<
    string,
    unknown
  >;
  if (typeof type === 'object') checkNames(type, `${path}.type`, depth + 1);
  for (const dotted of [name, namespace, ...list(aliases)]) {
    if (dotted === undefined || dotted === '') continue;
    if (typeof dotted !== 'string')
      throw bad(`${path} has a name that is no text: ${JSON.stringify(dotted)}`);
    for (const part of dotted.split('.')) checkName(part, path);
  }
  for (const symbol of list(symbols)) checkName(symbol, path);
  for (const field of list(fields)) {
    if (typeof field !== 'object' || field === null) throw bad(`${path} has a field that is no object`);
    const inner = field as Record<string, unknown>;
    checkName(inner['name'], path);
    for (const alias of list(inner['aliases'])) checkName(alias, path);
    checkNames(inner['type'], `${path}.${String(inner['name'])}`, depth + 1);
  }
  if (items !== undefined) checkNames(items, `${path}[]`, depth + 1);
  if (values !== undefined) checkNames(values, `${path}{}`, depth + 1);
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

function checkName(name: unknown, path: string): void {
  if (typeof name !== 'string' || !NAME.test(name)) {
    throw bad(`${path} has the name ${JSON.stringify(name)}; allowed are letters, digits and _`);
  }
  if (name in Object.prototype)
    throw bad(`${path} has the name ${name}, which every JavaScript object has already`);
}

function bad(reason: string, cause?: unknown): SerdeError {
  return new SerdeError('BAD_SCHEMA', `this is no Avro schema that can be used: ${reason}`, {}, { cause });
}
