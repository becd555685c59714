import type avro from 'avsc';
import { SerdeError } from '../errors.js';
import { kindOfType, kindOfValue } from './kinds.js';
import { isUnion, rootPath } from './schema.js';
import type { AvroType, AvroUnion } from './schema.js';

const NOT_FINITE: Readonly<Record<string, number>> = { NaN, Infinity, '-Infinity': -Infinity };

/**
 * A value in Avro's JSON encoding: unions tagged as `{"string": "x"}`, bytes and fixed as text of one character a
 * byte (latin-1), numbers that JSON lacks as the texts `NaN`, `Infinity` and `-Infinity`, as Java's encoder has them.
 * @see https://avro.apache.org/docs/1.12.0/specification/#json-encoding
 */
export function toAvroJson(type: AvroType, value: unknown): unknown {
  if (isUnion(type)) return unionToJson(type, value);
  switch (type.typeName) {
    case 'float':
    case 'double':
      return Number.isFinite(value) ? value : String(value);
    case 'bytes':
    case 'fixed':
      return (value as Buffer).toString('latin1');
    case 'array':
      return (value as unknown[]).map((item) => toAvroJson((type as avro.types.ArrayType).itemsType, item));
    case 'map': {
      const values = (type as avro.types.MapType).valuesType as AvroType;
      return mapObject(value, (item) => toAvroJson(values, item));
    }
    case 'record':
    case 'error': {
      const record = value as Record<string, unknown>;
      return Object.fromEntries(
        (type as avro.types.RecordType).fields.map(({ name, type }) => [
          name,
          toAvroJson(type, record[name]),
        ]),
      );
    }
    default:
      return value;
  }
}

function unionToJson(type: AvroUnion, value: unknown): unknown {
  if (value === null) return null;
  if (type.typeName === 'union:wrapped') {
    return mapObject(value, (item, name) => toAvroJson(branchNamed(type, name) as AvroType, item));
  }
  const kind = kindOfValue(value);
  const branch = type.types.find((candidate) => kindOfType(candidate) === kind);
  return { [branch?.branchName ?? '']: toAvroJson(branch as AvroType, value) };
}

/**
 * The value that a text in Avro's JSON encoding means, in the form that the writer takes. A field left out has its
 * default; one that the record does not have is a fault.
 * @throws SerdeError `INVALID_VALUE`
 */
export function fromAvroJson(type: AvroType, json: unknown, maxDepth: number): unknown {
  return read(type, json, { path: rootPath(type), depth: maxDepth });
}

interface Place {
  readonly path: string;
  /** Records that may still be entered. */
  readonly depth: number;
}

function read(type: AvroType, json: unknown, at: Place): unknown {
  if (isUnion(type)) return readUnion(type, json, at);
  switch (type.typeName) {
    case 'float':
    case 'double':
      return typeof json === 'string' && Object.hasOwn(NOT_FINITE, json) ? NOT_FINITE[json] : json;
    case 'bytes':
    case 'fixed':
      return readBytes(json, at);
    case 'array':
      if (!Array.isArray(json)) fail(at, 'a JSON array');
      return json.map((item) => read((type as avro.types.ArrayType).itemsType, item, below(at, '[]')));
    case 'map': {
      if (!isObject(json)) fail(at, 'a JSON object');
      if (Object.hasOwn(json, '__proto__')) fail(at, 'a map without the key __proto__');
      const values = (type as avro.types.MapType).valuesType as AvroType;
      return mapObject(json, (item) => read(values, item, below(at, '{}')));
    }
    case 'record':
    case 'error':
      return readRecord(type as avro.types.RecordType, json, at);
    default:
      return json;
  }
}

function readUnion(type: AvroUnion, json: unknown, at: Place): unknown {
  const names = type.types.map((branch) => branch.branchName);
  if (json === null && names.includes('null')) return null;
  const [entry, ...more] = isObject(json) ? Object.entries(json) : [];
  const branch = entry === undefined || more.length > 0 ? undefined : branchNamed(type, entry[0]);
  if (entry === undefined || branch === undefined || branch.branchName === 'null') {
    const tags = names.map((name) => (name === 'null' ? 'null' : `{${JSON.stringify(name)}: …}`));
    return fail(at, `tagged with its branch: ${tags.join(' or ')}`);
  }
  const value = read(branch, entry[1], at);
  return type.typeName === 'union:wrapped' ? { [branch.branchName as string]: value } : value;
}

/** By its full name, as Java writes it, or by the name alone where only one branch has it. */
function branchNamed(type: AvroUnion, name: string): AvroType | undefined {
  const exact = type.types.find((branch) => branch.branchName === name);
  if (exact !== undefined) return exact;
  const named = type.types.filter((branch) => branch.branchName?.split('.').at(-1) === name);
  return named.length === 1 ? named[0] : undefined;
}

function readBytes(json: unknown, at: Place): Buffer {
  if (typeof json !== 'string') return fail(at, 'a text of one character a byte');
  for (const character of json) {
    if (character > '\u00ff')
      fail(at, `a text of characters up to U+00FF, which ${JSON.stringify(character)} is not`);
  }
  return Buffer.from(json, 'latin1');
}

function readRecord(type: avro.types.RecordType, json: unknown, at: Place): unknown {
  if (!isObject(json)) return fail(at, 'a JSON object');
  if (at.depth === 0) return fail(at, 'records nested less deep');
  const unknown = Object.keys(json).find((name) => type.fields.every((field) => field.name !== name));
  if (unknown !== undefined)
    return fail(at, `a record without ${JSON.stringify(unknown)}, which its schema does not have`);
  const fields = type.fields
    .filter((field) => Object.hasOwn(json, field.name) || field.defaultValue() === undefined)
    .map((field) => {
      const place = below(at, `.${field.name}`, 1);
      if (!Object.hasOwn(json, field.name)) return fail(place, 'given, since the field has no default');
      return [field.name, read(field.type, json[field.name], place)] as const;
    });
  return Object.fromEntries(fields);
}

function below(at: Place, part: string, records = 0): Place {
  return { path: `${at.path}${part}`, depth: at.depth - records };
}

function isObject(json: unknown): json is Record<string, unknown> {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

function mapObject(value: unknown, change: (item: unknown, key: string) => unknown): unknown {
  return Object.fromEntries(Object.entries(value as object).map(([key, item]) => [key, change(item, key)]));
}

function fail(at: Place, expected: string): never {
  throw new SerdeError('INVALID_VALUE', `the JSON has to be ${expected}`, { field: at.path });
}
