import { lengthCheck, rangeCheck, stringCheck } from './constraints.js';
import { shapeOf, type ServiceModel, type Shape, type ShapeRef, type TimestampFormat } from './model.js';
import { missing } from './readers.js';
import { formatTimestamp } from './timestamps.js';
import { memberStep, prefixPaths, type Violation } from './violations.js';

/** Puts a value of a behaviour on the wire: checked against the model, `Buffer` to base64, `Date` to its format. */
export type Writer = (value: unknown, violations: Violation[]) => unknown;

/** Compiles a writer per shape, once. The counterpart of the readers, and stricter: a member unknown is a defect. */
export class WriterCompiler {
  readonly #model: ServiceModel;
  readonly #writers = new Map<string, Writer>();

  constructor(model: ServiceModel) {
    this.#model = model;
  }

  compile(ref: ShapeRef, timestampFormat: TimestampFormat = 'unixTimestamp'): Writer {
    const shape = shapeOf(this.#model, ref.shape);
    if (shape.type === 'timestamp') {
      return timestampWriter(ref.timestampFormat ?? shape.timestampFormat ?? timestampFormat);
    }
    const known = this.#writers.get(ref.shape);
    if (known !== undefined) return known;
    const built: { write?: Writer } = {};
    this.#writers.set(ref.shape, (value, violations) => built.write?.(value, violations));
    const writer = this.#build(ref.shape, shape);
    built.write = writer;
    this.#writers.set(ref.shape, writer);
    return writer;
  }

  #build(name: string, shape: Shape): Writer {
    switch (shape.type) {
      case 'structure':
        return shape.document === true ? (value) => value : this.#structure(shape);
      case 'list':
        return this.#list(shape);
      case 'map':
        return this.#map(shape);
      case 'string':
      case 'character':
        return checked('string', stringCheck(name, shape));
      case 'blob':
        return blobWriter(shape);
      case 'boolean':
        return checked('boolean', undefined);
      case 'integer':
      case 'long':
        return checked('number', rangeCheck(shape), Number.isInteger);
      case 'float':
      case 'double':
        return checked('number', rangeCheck(shape), Number.isFinite);
      case 'timestamp':
        return timestampWriter(shape.timestampFormat ?? 'unixTimestamp');
    }
  }

  /** Leaves out the members that do not travel in the body. */
  #structure(shape: Shape): Writer {
    const required = new Set(shape.required ?? []);
    const members = new Map(
      Object.entries(shape.members ?? {}).map(([name, ref]) => [
        name,
        {
          wireName: ref.locationName ?? name,
          step: memberStep(name),
          inBody: ref.location === undefined,
          write: this.compile(ref),
        },
      ]),
    );
    return (value, violations) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        return wrongType('a structure', value, violations);
      }
      const source = value as Record<string, unknown>;
      const result: Record<string, unknown> = {};
      for (const name in source) {
        const found = source[name];
        if (found === undefined) continue;
        const member = members.get(name);
        if (member === undefined) {
          const constraint = 'Member must be one of the model';
          violations.push({ path: memberStep(name), kind: 'unknown', constraint, value: found });
          continue;
        }
        if (!member.inBody) continue;
        const before = violations.length;
        result[member.wireName] = member.write(found, violations);
        if (violations.length > before) prefixPaths(violations, before, member.step);
      }
      for (const name of required) {
        if (source[name] === undefined) violations.push(missing(memberStep(name)));
      }
      return result;
    };
  }

  #list(shape: Shape): Writer {
    const write = this.compile(shape.member ?? { shape: '' });
    const checkLength = lengthCheck(shape);
    return (value, violations) => {
      if (!Array.isArray(value)) return wrongType('a list', value, violations);
      checkLength?.(value.length, value, violations);
      return value.map((item, i) => {
        const before = violations.length;
        const written = write(item, violations);
        if (violations.length > before) prefixPaths(violations, before, `${i + 1}.member`);
        return written;
      });
    };
  }

  #map(shape: Shape): Writer {
    const writeKey = this.compile(shape.key ?? { shape: '' });
    const writeValue = this.compile(shape.value ?? { shape: '' });
    const checkLength = lengthCheck(shape);
    return (value, violations) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        return wrongType('a map', value, violations);
      }
      const entries = Object.entries(value);
      checkLength?.(entries.length, value, violations);
      const result = Object.create(null) as Record<string, unknown>;
      for (const [key, item] of entries) {
        const before = violations.length;
        writeKey(key, violations);
        result[key] = writeValue(item, violations);
        if (violations.length > before) prefixPaths(violations, before, `${key}.member`);
      }
      return result;
    };
  }
}

function wrongType(expected: string, value: unknown, violations: Violation[]): undefined {
  violations.push({ path: '', kind: 'type', constraint: `Member must be ${expected}`, value });
  return undefined;
}

function checked<T extends 'string' | 'boolean' | 'number'>(
  type: T,
  check: ((value: never, violations: Violation[]) => void) | undefined,
  also?: (value: unknown) => boolean,
): Writer {
  return (value, violations) => {
    if (typeof value !== type || (also !== undefined && !also(value)))
      return wrongType(`a ${type}`, value, violations);
    check?.(value as never, violations);
    return value;
  };
}

function blobWriter(shape: Shape): Writer {
  const checkLength = lengthCheck(shape);
  return (value, violations) => {
    if (!(value instanceof Uint8Array)) return wrongType('a Buffer', value, violations);
    checkLength?.(value.length, value, violations);
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
  };
}

function timestampWriter(format: TimestampFormat): Writer {
  return (value, violations) => {
    if (!(value instanceof Date) || Number.isNaN(value.getTime()))
      return wrongType('a Date', value, violations);
    return formatTimestamp(value, format);
  };
}
