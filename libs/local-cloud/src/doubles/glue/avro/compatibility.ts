import avro, { type Type } from 'avsc';

/** Glue's compatibility modes (https://docs.aws.amazon.com/glue/latest/dg/schema-registry.html#schema-registry-compatibility). */
export type Compatibility =
  'NONE' | 'DISABLED' | 'BACKWARD' | 'BACKWARD_ALL' | 'FORWARD' | 'FORWARD_ALL' | 'FULL' | 'FULL_ALL';

/**
 * Whether a new definition fits those before it, oldest first: BACKWARD, the new reads what the last wrote; FORWARD,
 * the last reads what the new writes; FULL, both; with `_ALL` every earlier one instead of the last. Answers what is
 * wrong, or undefined.
 */
export function incompatibility(
  mode: Compatibility,
  definition: string,
  previous: readonly string[],
): string | undefined {
  if (mode === 'NONE' || mode === 'DISABLED') return undefined;
  const compared = mode.endsWith('_ALL') ? previous : previous.slice(-1);
  const next = parseAvro(definition);
  for (const text of compared) {
    const before = parseAvro(text);
    if (!mode.startsWith('FORWARD')) {
      const problem = unreadable(next, before);
      if (problem !== undefined) return `the new version cannot read what an earlier one wrote: ${problem}`;
    }
    if (!mode.startsWith('BACKWARD')) {
      const problem = unreadable(before, next);
      if (problem !== undefined) return `an earlier version cannot read what the new one writes: ${problem}`;
    }
  }
  return undefined;
}

/** Parses a definition as Java's parser does: every record, enum and fixed has a name. Throws what is wrong. */
export function parseAvro(definition: string): Type {
  const schema = JSON.parse(definition) as avro.Schema;
  return avro.Type.forSchema(schema, { noAnonymousTypes: true });
}

/**
 * Why a reader cannot read what a writer wrote, by the rules of schema resolution
 * (https://avro.apache.org/docs/1.11.1/specification/#schema-resolution) as Java's `SchemaCompatibility` applies them,
 * which the service's engine is: names are compared without their namespace, which `avsc`'s resolvers would not do.
 */
export function unreadable(reader: Type, writer: Type): string | undefined {
  return new Comparison().problem(reader, writer, '');
}

/** What avsc's types hold, as far as it is compared. */
interface AvroNode {
  readonly typeName: string;
  readonly name?: string;
  readonly aliases?: readonly string[];
  readonly fields?: readonly AvroField[];
  readonly types?: readonly Type[];
  readonly symbols?: readonly string[];
  readonly default?: string;
  readonly size?: number;
  readonly itemsType?: Type;
  readonly valuesType?: Type;
}

interface AvroField {
  readonly name: string;
  readonly type: Type;
  readonly aliases: readonly string[];
  defaultValue(): unknown;
}

/** Which writers a reader takes besides its own kind. */
const promotions: Readonly<Record<string, readonly string[]>> = {
  long: ['int'],
  float: ['int', 'long'],
  double: ['int', 'long', 'float'],
  bytes: ['string'],
  string: ['bytes'],
};

class Comparison {
  /** Pairs under comparison or compared without a problem: a recursive type meets itself. */
  readonly #seen = new Map<Type, Set<Type>>();

  problem(readerType: Type, writerType: Type, path: string): string | undefined {
    const seen = this.#seen.get(readerType);
    if (seen?.has(writerType) === true) return undefined;
    if (seen === undefined) this.#seen.set(readerType, new Set([writerType]));
    else seen.add(writerType);
    const problem = this.#compare(readerType, writerType, path);
    if (problem !== undefined) this.#seen.get(readerType)?.delete(writerType);
    return problem;
  }

  #compare(readerType: Type, writerType: Type, path: string): string | undefined {
    const reader = readerType as unknown as AvroNode;
    const writer = writerType as unknown as AvroNode;
    // Every branch the writer may have written must be readable.
    if (writer.types !== undefined) {
      for (const branch of writer.types) {
        const problem = this.problem(readerType, branch, path);
        if (problem !== undefined) return problem;
      }
      return undefined;
    }
    if (reader.types !== undefined) {
      const readable = reader.types.some((branch) => this.problem(branch, writerType, path) === undefined);
      return readable ? undefined : `${at(path)}no branch of the reader's union takes ${kind(writer)}`;
    }
    if (reader.typeName !== writer.typeName) {
      const promoted = promotions[reader.typeName]?.includes(writer.typeName) ?? false;
      return promoted ? undefined : `${at(path)}${kind(writer)} cannot be read as ${kind(reader)}`;
    }
    switch (reader.typeName) {
      case 'record':
      case 'error':
        return differentName(reader, writer, path) ?? this.#compareFields(reader, writer, path);
      case 'enum':
        return differentName(reader, writer, path) ?? missingSymbols(reader, writer, path);
      case 'fixed':
        if (reader.size !== writer.size) {
          return `${at(path)}fixed of ${writer.size ?? 0} bytes cannot be read as one of ${reader.size ?? 0}`;
        }
        return differentName(reader, writer, path);
      case 'array':
        return this.#compareInner(reader.itemsType, writer.itemsType, `${path}[]`);
      case 'map':
        return this.#compareInner(reader.valuesType, writer.valuesType, `${path}{}`);
      default:
        return undefined;
    }
  }

  #compareInner(reader: Type | undefined, writer: Type | undefined, path: string): string | undefined {
    return reader === undefined || writer === undefined ? undefined : this.problem(reader, writer, path);
  }

  #compareFields(reader: AvroNode, writer: AvroNode, path: string): string | undefined {
    for (const field of reader.fields ?? []) {
      const names = [field.name, ...field.aliases];
      const written = writer.fields?.find(({ name }) => names.includes(name));
      const fieldPath = path === '' ? field.name : `${path}.${field.name}`;
      if (written === undefined) {
        if (field.defaultValue() === undefined) {
          return `${at(fieldPath)}the writer has no such field and the reader's has no default`;
        }
        continue;
      }
      const problem = this.problem(field.type, written.type, fieldPath);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }
}

const simpleName = (name = ''): string => name.slice(name.lastIndexOf('.') + 1);

function differentName(reader: AvroNode, writer: AvroNode, path: string): string | undefined {
  if (simpleName(reader.name) === simpleName(writer.name)) return undefined;
  if (writer.name !== undefined && reader.aliases?.includes(writer.name) === true) return undefined;
  return `${at(path)}the reader's ${reader.name ?? ''} has neither the name nor an alias of the writer's ${writer.name ?? ''}`;
}

function missingSymbols(reader: AvroNode, writer: AvroNode, path: string): string | undefined {
  if (reader.default !== undefined) return undefined;
  const missing = (writer.symbols ?? []).filter((symbol) => reader.symbols?.includes(symbol) !== true);
  if (missing.length === 0) return undefined;
  return `${at(path)}the reader's enum ${reader.name ?? ''} lacks ${missing.join(', ')} and has no default`;
}

const at = (path: string): string => (path === '' ? '' : `${path}: `);

const kind = (node: AvroNode): string =>
  node.name === undefined ? node.typeName : `${node.typeName} ${node.name}`;
