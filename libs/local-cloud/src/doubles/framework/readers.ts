import { lengthCheck, rangeCheck, stringCheck } from './constraints.js';
import { shapeOf, type ServiceModel, type Shape, type ShapeRef, type TimestampFormat } from './model.js';
import { parseTimestamp } from './timestamps.js';
import { memberStep, prefixPaths, type Violation } from './violations.js';

/**
 * Takes a value off the wire: JSON in, checked values out, with blobs as `Buffer` and timestamps as `Date`. Members
 * the model does not hold are left out, as AWS ignores them. What does not fit is added to the violations.
 */
export type Reader = (value: unknown, violations: Violation[]) => unknown;

/** Compiles a reader per shape, once: a call runs closures and never looks into the model. */
export class ReaderCompiler {
  readonly #model: ServiceModel;
  readonly #readers = new Map<string, Reader>();

  constructor(model: ServiceModel) {
    this.#model = model;
  }

  /** The reader of a reference, in a body (`unixTimestamp`) unless another timestamp format is said. */
  compile(ref: ShapeRef, timestampFormat: TimestampFormat = 'unixTimestamp'): Reader {
    const shape = shapeOf(this.#model, ref.shape);
    if (shape.type === 'timestamp') {
      return timestampReader(ref.timestampFormat ?? shape.timestampFormat ?? timestampFormat);
    }
    const known = this.#readers.get(ref.shape);
    if (known !== undefined) return known;
    // A recursive shape refers to itself before its reader exists.
    const built: { read?: Reader } = {};
    this.#readers.set(ref.shape, (value, violations) => built.read?.(value, violations));
    const reader = this.#build(ref.shape, shape);
    built.read = reader;
    this.#readers.set(ref.shape, reader);
    return reader;
  }

  #build(name: string, shape: Shape): Reader {
    switch (shape.type) {
      case 'structure':
        return shape.document === true ? (value) => value : this.#structure(shape);
      case 'list':
        return this.#list(shape);
      case 'map':
        return this.#map(shape);
      case 'string':
      case 'character':
        return stringReader(name, shape);
      case 'blob':
        return blobReader(shape);
      case 'boolean':
        return booleanReader;
      case 'integer':
      case 'long':
      case 'float':
      case 'double':
        return numberReader(shape);
      case 'timestamp':
        return timestampReader(shape.timestampFormat ?? 'unixTimestamp');
    }
  }

  #structure(shape: Shape): Reader {
    const required = new Set(shape.required ?? []);
    // Members of the URI, the query or a header are not in the body: they are bound elsewhere.
    const inBody = Object.entries(shape.members ?? {}).filter(([, ref]) => ref.location === undefined);
    const members = inBody.map(([name, ref]) => ({
      name,
      wireName: ref.locationName ?? name,
      step: memberStep(name),
      required: required.has(name),
      read: this.compile(ref),
    }));
    const union = shape.union === true;
    return (value, violations) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        return wrongType('a structure', value, violations);
      }
      const source = value as Record<string, unknown>;
      const result: Record<string, unknown> = {};
      let set = 0;
      for (const member of members) {
        const found = source[member.wireName];
        if (found === undefined || found === null) {
          if (member.required) violations.push(missing(member.step));
          continue;
        }
        set++;
        const before = violations.length;
        result[member.name] = member.read(found, violations);
        if (violations.length > before) prefixPaths(violations, before, member.step);
      }
      if (union && set !== 1) {
        violations.push({ path: '', kind: 'union', constraint: 'Exactly one member must be set', value });
      }
      return result;
    };
  }

  #list(shape: Shape): Reader {
    const read = this.compile(shape.member ?? { shape: '' });
    const checkLength = lengthCheck(shape);
    return (value, violations) => {
      if (!Array.isArray(value)) return wrongType('a list', value, violations);
      checkLength?.(value.length, value, violations);
      const result: unknown[] = new Array(value.length);
      for (let i = 0; i < value.length; i++) {
        const before = violations.length;
        result[i] = read(value[i], violations);
        if (violations.length > before) prefixPaths(violations, before, `${i + 1}.member`);
      }
      return result;
    };
  }

  #map(shape: Shape): Reader {
    const readKey = this.compile(shape.key ?? { shape: '' });
    const readValue = this.compile(shape.value ?? { shape: '' });
    const checkLength = lengthCheck(shape);
    return (value, violations) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        return wrongType('a map', value, violations);
      }
      const entries = Object.entries(value);
      checkLength?.(entries.length, value, violations);
      // Without a prototype a key such as __proto__ is a key like any other.
      const result = Object.create(null) as Record<string, unknown>;
      for (const [key, item] of entries) {
        const before = violations.length;
        readKey(key, violations);
        result[key] = readValue(item, violations);
        if (violations.length > before) prefixPaths(violations, before, `${key}.member`);
      }
      return result;
    };
  }
}

export const missing = (step: string): Violation => ({
  path: step,
  kind: 'required',
  constraint: 'Member must not be null',
  value: undefined,
});

function wrongType(expected: string, value: unknown, violations: Violation[]): undefined {
  violations.push({ path: '', kind: 'type', constraint: `Member must be ${expected}`, value });
  return undefined;
}

function stringReader(name: string, shape: Shape): Reader {
  const check = stringCheck(name, shape);
  return (value, violations) => {
    if (typeof value !== 'string') return wrongType('a string', value, violations);
    check?.(value, violations);
    return value;
  };
}

function blobReader(shape: Shape): Reader {
  const checkLength = lengthCheck(shape);
  return (value, violations) => {
    if (typeof value !== 'string') return wrongType('a blob in base64', value, violations);
    const bytes = Buffer.from(value, 'base64');
    // Node skips what is no base64: then the length does not come out.
    if (Math.ceil(bytes.length / 3) * 4 !== value.length)
      return wrongType('a blob in base64', value, violations);
    checkLength?.(bytes.length, bytes, violations);
    return bytes;
  };
}

const booleanReader: Reader = (value, violations) =>
  typeof value === 'boolean' ? value : wrongType('a boolean', value, violations);

const notFinite: ReadonlyMap<unknown, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]);

function numberReader(shape: Shape): Reader {
  const check = rangeCheck(shape);
  const { type } = shape;
  const whole = type === 'integer' || type === 'long';
  return (value, violations) => {
    const number = typeof value === 'number' || whole ? value : notFinite.get(value);
    if (typeof number !== 'number') return wrongType(`a number (${type})`, value, violations);
    if (whole && !Number.isInteger(number)) return wrongType('a whole number', value, violations);
    if (type === 'integer' && (number < -(2 ** 31) || number >= 2 ** 31)) {
      return wrongType('a whole number of 32 bits', value, violations);
    }
    check?.(number, violations);
    return number;
  };
}

function timestampReader(format: TimestampFormat): Reader {
  return (value, violations) => {
    const date = parseTimestamp(value, format);
    return date ?? wrongType(`a timestamp (${format})`, value, violations);
  };
}
