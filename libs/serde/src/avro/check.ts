import type avro from 'avsc';
import { SerdeError } from '../errors.js';
import type { SerdeLimits } from '../limits.js';
import { kindOfType, kindOfValue } from './kinds.js';
import { UUID_TYPE, isUnion, rootPath } from './schema.js';
import type { AvroType, AvroUnion } from './schema.js';

type Check = (value: unknown, depth: number) => void;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const MIN_LONG = -(2 ** 52);
const MAX_LONG = 2 ** 53 - 2;

/**
 * Checks a value before avsc writes it, and says which field is at fault. avsc alone would write an enum's symbol
 * `constructor` as garbage, half a surrogate pair as another character, a `Map` as an empty map, and whatever else
 * the guard of a reader would then refuse.
 * @returns a function that throws `INVALID_VALUE`, or returns
 */
export function createChecker(type: AvroType, limits: SerdeLimits): (value: unknown) => void {
  const check = new Compiler(limits).compile(type, rootPath(type));
  return (value) => check(value, 0);
}

class Compiler {
  readonly #limits: SerdeLimits;
  readonly #records = new Map<AvroType, { check: Check }>();

  constructor(limits: SerdeLimits) {
    this.#limits = limits;
  }

  compile(type: AvroType, path: string): Check {
    if (type === UUID_TYPE) {
      return (value) => {
        if (typeof value !== 'string' || !UUID.test(value)) fail(path, 'a UUID', value);
      };
    }
    if (isUnion(type))
      return type.typeName === 'union:wrapped' ? this.#wrapped(type, path) : this.#plain(type, path);
    switch (type.typeName) {
      case 'null':
        return (value) => void (value === null || fail(path, 'null', value));
      case 'boolean':
        return (value) => void (typeof value === 'boolean' || fail(path, 'a boolean', value));
      case 'int':
        return (value) =>
          void (isInteger(value, -2147483648, 2147483647) || fail(path, 'an int of 32 bits', value));
      case 'long':
        return (value) =>
          void (
            isInteger(value, MIN_LONG, MAX_LONG) || fail(path, 'an integer from −2^52 to 2^53 − 2', value)
          );
      case 'float':
        return (value) => {
          if (typeof value !== 'number') fail(path, 'a number', value);
          if (Number.isFinite(value) && !Number.isFinite(Math.fround(value)))
            fail(path, 'within a float', value);
        };
      case 'double':
        return (value) => void (typeof value === 'number' || fail(path, 'a number', value));
      case 'string':
        return (value) =>
          void ((typeof value === 'string' && value.isWellFormed()) || fail(path, 'a string', value));
      case 'bytes':
        return (value) => void (Buffer.isBuffer(value) || fail(path, 'a Buffer', value));
      case 'fixed': {
        const { size } = type as avro.types.FixedType;
        return (value) =>
          void (
            (Buffer.isBuffer(value) && value.length === size) ||
            fail(path, `a Buffer of ${size} bytes`, value)
          );
      }
      case 'enum': {
        const symbols = new Set<unknown>((type as avro.types.EnumType).symbols);
        return (value) => void (symbols.has(value) || fail(path, `one of ${[...symbols].join(', ')}`, value));
      }
      case 'array':
        return this.#array(type as avro.types.ArrayType, path);
      case 'map':
        return this.#map(type as avro.types.MapType, path);
      default:
        return this.#record(type as avro.types.RecordType, path);
    }
  }

  /** Branches that JavaScript's own types tell apart. */
  #plain(type: AvroUnion, path: string): Check {
    const branches = new Map(type.types.map((branch) => [kindOfType(branch), this.compile(branch, path)]));
    const expected = type.types.map((branch) => branch.branchName ?? branch.typeName).join(' or ');
    return (value, depth) => {
      const branch = branches.get(kindOfValue(value));
      if (branch === undefined) fail(path, expected, value);
      branch(value, depth);
    };
  }

  /** Branches that only their names tell apart: null, or an object whose one key is the branch's name. */
  #wrapped(type: AvroUnion, path: string): Check {
    const branches = new Map(type.types.map((branch) => [branch.branchName, this.compile(branch, path)]));
    const expected = `{"<branch>": value} with one of ${[...branches.keys()].join(', ')}`;
    return (value, depth) => {
      if (value === null && branches.has('null')) return;
      if (kindOfValue(value) !== 'object') fail(path, expected, value);
      const [entry, ...more] = Object.entries(value as object) as [string, unknown][];
      const branch = entry === undefined || more.length > 0 ? undefined : branches.get(entry[0]);
      if (branch === undefined || entry === undefined || entry[0] === 'null') fail(path, expected, value);
      branch(entry[1], depth);
    };
  }

  #array(type: avro.types.ArrayType, path: string): Check {
    const item = this.compile(type.itemsType, `${path}[]`);
    const { maxItems } = this.#limits;
    return (value, depth) => {
      if (!Array.isArray(value)) fail(path, 'an array', value);
      if (value.length > maxItems) fail(path, `at most ${maxItems} items`, value.length);
      for (let index = 0; index < value.length; index++) item(value[index], depth);
    };
  }

  #map(type: avro.types.MapType, path: string): Check {
    const check = this.compile(type.valuesType as AvroType, `${path}{}`);
    const { maxItems } = this.#limits;
    return (value, depth) => {
      if (kindOfValue(value) !== 'object' || !isPlain(value as object)) fail(path, 'a plain object', value);
      const entries = Object.entries(value as object);
      if (entries.length > maxItems) fail(path, `at most ${maxItems} entries`, entries.length);
      for (const [key, item] of entries) {
        if (key === '__proto__' || !key.isWellFormed())
          fail(path, 'a map with keys that can be read back', key);
        check(item, depth);
      }
    };
  }

  #record(type: avro.types.RecordType, path: string): Check {
    const known = this.#records.get(type);
    if (known !== undefined) return (value, depth) => known.check(value, depth);
    const self: { check: Check } = { check: () => undefined };
    this.#records.set(type, self);
    const fields = type.fields.map((field) => ({
      name: field.name,
      hasDefault: field.defaultValue() !== undefined,
      check: this.compile(field.type, `${path}.${field.name}`),
    }));
    const { maxDepth } = this.#limits;
    self.check = (value, depth) => {
      if (depth >= maxDepth) fail(path, `nested at most ${maxDepth} records deep`, 'more');
      if (kindOfValue(value) !== 'object') fail(path, 'an object', value);
      for (const field of fields) {
        const item = (value as Record<string, unknown>)[field.name];
        // What is left out is written as its default.
        if (item !== undefined || !field.hasDefault) field.check(item, depth + 1);
      }
    };
    return self.check;
  }
}

function isInteger(value: unknown, least: number, most: number): boolean {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function fail(field: string, expected: string, value: unknown): never {
  throw new SerdeError('INVALID_VALUE', `the value has to be ${expected}, not ${shorten(value)}`, { field });
}

function shorten(value: unknown): string {
  if (typeof value === 'string') {
    return value.length > 60 ? `${JSON.stringify(value.slice(0, 60))}…` : JSON.stringify(value);
  }
  if (Buffer.isBuffer(value)) return `a Buffer of ${value.length} bytes`;
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  if (typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}`;
  return String(value);
}
