import type avro from 'avsc';
import type { SerdeLimits } from '../limits.js';
import { Cursor } from './cursor.js';
import { isUnion, rootPath } from './schema.js';
import type { AvroType, AvroUnion } from './schema.js';

type Walk = (cursor: Cursor) => void;

/** The reader has no use for this part: its numbers need not fit. */
const SKIPPED = Symbol('skipped');
type Reader = AvroType | typeof SKIPPED;

const EMPTY = Buffer.alloc(0);

/**
 * Checks a body, once, front to back, without building anything, before avsc reads it: avsc believes what the bytes
 * claim, allocates an array of the claimed length, recurses as deep as they go, sets the prototype by a map key, and
 * rounds large longs. What passes here is read by avsc in time and memory proportional to its length.
 *
 * @param reader what the body will be read as; a long that it skips may be of any size
 * @returns a function that throws a SerdeError, or returns
 */
export function createGuard(
  writer: AvroType,
  reader: AvroType,
  limits: SerdeLimits,
): (body: Buffer, start: number, end: number) => void {
  const root = rootPath(writer);
  const walk = new Compiler(limits).compile(writer, reader, root);
  const cursor = new Cursor();
  return (body, start, end) => {
    cursor.reset(body, start, end);
    try {
      walk(cursor);
      if (cursor.position !== end) {
        cursor.fail('TRAILING_BYTES', root, `${end - cursor.position} bytes follow the value`);
      }
    } finally {
      cursor.reset(EMPTY, 0, 0);
    }
  };
}

class Compiler {
  readonly #limits: SerdeLimits;
  /** Records that are compiled, or being compiled: one may hold itself. */
  readonly #records = new Map<AvroType, Map<Reader, { walk: Walk }>>();
  readonly #least = new Map<AvroType, number>();

  constructor(limits: SerdeLimits) {
    this.#limits = limits;
  }

  compile(writer: AvroType, reader: Reader, path: string): Walk {
    if (isUnion(writer)) return this.#union(writer, reader, path);
    const match = reader === SKIPPED ? SKIPPED : branchFor(reader, writer);
    switch (writer.typeName) {
      case 'null':
        return () => undefined;
      case 'boolean':
        return (cursor) => {
          cursor.skip(1, path);
          const byte = cursor.buffer[cursor.position - 1] as number;
          if (byte > 1)
            cursor.fail('INVALID_NUMBER', path, `a boolean is ${byte}, not 0 or 1`, cursor.position - 1);
        };
      case 'int':
        return int(path);
      case 'long':
        return match === SKIPPED ? (cursor) => void cursor.long(path) : long(path);
      case 'float':
        return (cursor) => cursor.skip(4, path);
      case 'double':
        return (cursor) => cursor.skip(8, path);
      case 'bytes':
        if (match !== SKIPPED && match.typeName === 'string') return string(path);
        return (cursor) => cursor.skip(cursor.length(path), path);
      case 'string':
        return string(path);
      case 'fixed': {
        const { size } = writer as avro.types.FixedType;
        return (cursor) => cursor.skip(size, path);
      }
      case 'enum':
        return enumeration((writer as avro.types.EnumType).symbols.length, path);
      case 'array':
        return this.#array(writer as avro.types.ArrayType, match, path);
      case 'map':
        return this.#map(writer as avro.types.MapType, match, path);
      default:
        return this.#record(writer as avro.types.RecordType, match, path);
    }
  }

  #union(writer: AvroUnion, reader: Reader, path: string): Walk {
    const branches = writer.types.map((branch) =>
      this.compile(branch, reader === writer ? branch : reader, path),
    );
    return (cursor) => {
      const at = cursor.position;
      const index = cursor.long(path);
      const branch = branches[index];
      if (branch !== undefined) branch(cursor);
      else cursor.fail('INVALID_UNION', path, `one of ${branches.length} branches has index ${index}`, at);
    };
  }

  #array(writer: avro.types.ArrayType, reader: Reader, path: string): Walk {
    const item = this.compile(writer.itemsType, inner(reader, 'itemsType'), `${path}[]`);
    return this.#blocks(item, this.#leastBytes(writer.itemsType), path);
  }

  #map(writer: avro.types.MapType, reader: Reader, path: string): Walk {
    const values = writer.valuesType as AvroType;
    const value = this.compile(values, inner(reader, 'valuesType'), `${path}{}`);
    const entry = (cursor: Cursor) => {
      const length = cursor.length(path);
      const at = cursor.position;
      cursor.utf8(length, path);
      if (length === 9 && cursor.buffer.toString('latin1', at, at + 9) === '__proto__') {
        cursor.fail(
          'FORBIDDEN_KEY',
          path,
          'a map has the key __proto__, which would change the prototype',
          at,
        );
      }
      value(cursor);
    };
    return this.#blocks(entry, 1 + this.#leastBytes(values), path);
  }

  /** Arrays and maps: blocks of a count and so many items, until a count of 0; negative, it is followed by a size. */
  #blocks(item: Walk, least: number, path: string): Walk {
    const { maxItems } = this.#limits;
    return (cursor) => {
      for (;;) {
        const at = cursor.position;
        let count = cursor.long(path);
        if (count === 0) return;
        let end = cursor.end;
        if (count < 0) {
          count = -count;
          end = cursor.length(path) + cursor.position;
        }
        if (count * least > end - cursor.position) {
          const room = end - cursor.position;
          cursor.fail(
            'INVALID_COUNT',
            path,
            `a block claims ${count} items, more than its ${room} bytes can hold`,
            at,
          );
        }
        cursor.items += count;
        if (cursor.items > maxItems) {
          cursor.fail(
            'TOO_MANY_ITEMS',
            path,
            `more than ${maxItems} items, the most this reader accepts`,
            at,
          );
        }
        for (let index = 0; index < count; index++) item(cursor);
        if (end !== cursor.end && cursor.position !== end) {
          cursor.fail('INVALID_LENGTH', path, `a block's size is off by ${cursor.position - end} bytes`, at);
        }
      }
    };
  }

  #record(writer: avro.types.RecordType, reader: Reader, path: string): Walk {
    let compiled = this.#records.get(writer);
    if (compiled === undefined) this.#records.set(writer, (compiled = new Map<Reader, { walk: Walk }>()));
    const known = compiled.get(reader);
    if (known !== undefined) return (cursor) => known.walk(cursor);
    const self: { walk: Walk } = { walk: () => undefined };
    compiled.set(reader, self);
    const fields = writer.fields.map((field) =>
      this.compile(field.type, fieldOf(reader, field), `${path}.${field.name}`),
    );
    const { maxDepth, maxItems } = this.#limits;
    // A record of no bytes is bounded by nothing else: a schema can nest it twice, thirty times over.
    const weight = this.#leastBytes(writer) === 0 ? 1 : 0;
    self.walk = (cursor) => {
      if (++cursor.depth > maxDepth) {
        cursor.fail(
          'TOO_DEEP',
          path,
          `records are nested more than ${maxDepth} deep, the most this reader accepts`,
        );
      }
      cursor.items += weight;
      if (cursor.items > maxItems) {
        cursor.fail('TOO_MANY_ITEMS', path, `more than ${maxItems} items, the most this reader accepts`);
      }
      for (let index = 0; index < fields.length; index++) (fields[index] as Walk)(cursor);
      cursor.depth--;
    };
    return self.walk;
  }

  /** The fewest bytes a value of this type takes. */
  #leastBytes(type: AvroType): number {
    const known = this.#least.get(type);
    if (known !== undefined) return known;
    // For a type that holds itself, which then counts as nothing within itself.
    this.#least.set(type, 0);
    const least = this.#measure(type);
    this.#least.set(type, least);
    return least;
  }

  #measure(type: AvroType): number {
    if (isUnion(type)) return 1 + Math.min(...type.types.map((branch) => this.#leastBytes(branch)));
    switch (type.typeName) {
      case 'null':
        return 0;
      case 'float':
        return 4;
      case 'double':
        return 8;
      case 'fixed':
        return (type as avro.types.FixedType).size;
      case 'record':
      case 'error':
        return (type as avro.types.RecordType).fields.reduce(
          (sum, field) => sum + this.#leastBytes(field.type),
          0,
        );
      default:
        return 1;
    }
  }
}

function int(path: string): Walk {
  return (cursor) => {
    const at = cursor.position;
    const value = cursor.long(path);
    if (cursor.position - at > 5 || value < -2147483648 || value > 2147483647) {
      cursor.fail('INVALID_NUMBER', path, 'an int has more than 32 bits', at);
    }
  };
}

/**
 * A long has to be from −2^52 to 2^53 − 2: below, avsc rounds (the zig-zag form needs a bit more than a double has);
 * above, it throws.
 */
function long(path: string): Walk {
  return (cursor) => {
    const at = cursor.position;
    cursor.long(path);
    if (cursor.position - at < 8) return;
    const { high, low } = cursor;
    const fits = low & 1 ? high < 0x2000000 : high < 0x3ffffff || (high === 0x3ffffff && low < 0xffffffe);
    if (!fits) {
      cursor.fail(
        'NUMBER_OUT_OF_RANGE',
        path,
        'a long is not within −2^52 and 2^53 − 2, where numbers are exact',
        at,
      );
    }
  };
}

function string(path: string): Walk {
  return (cursor) => cursor.utf8(cursor.length(path), path);
}

function enumeration(symbols: number, path: string): Walk {
  return (cursor) => {
    const at = cursor.position;
    const index = cursor.long(path);
    if (index < 0 || index >= symbols) {
      cursor.fail('INVALID_ENUM', path, `an enum of ${symbols} symbols has no symbol ${index}`, at);
    }
  };
}

/** Of a reader's union, the branch that avsc's resolver reads `writer` as: the first that can. */
function branchFor(reader: AvroType, writer: AvroType): Reader {
  if (!isUnion(reader) || reader === writer) return reader;
  return reader.types.find((branch) => canRead(branch, writer)) ?? SKIPPED;
}

function canRead(reader: AvroType, writer: AvroType): boolean {
  try {
    reader.createResolver(writer, { ignoreNamespaces: true });
    return true;
  } catch {
    // How avsc says no; createReader asks for the whole and reports it.
    return false;
  }
}

function inner(reader: Reader, part: 'itemsType' | 'valuesType'): Reader {
  if (reader === SKIPPED) return SKIPPED;
  return (reader as unknown as Partial<Record<typeof part, AvroType>>)[part] ?? SKIPPED;
}

function fieldOf(reader: Reader, writer: avro.types.Field): Reader {
  if (reader === SKIPPED) return SKIPPED;
  const fields = (reader as Partial<avro.types.RecordType>).fields ?? [];
  return (
    fields.find((field) => field.name === writer.name || field.aliases.includes(writer.name))?.type ?? SKIPPED
  );
}
