import type avro from 'avsc';
import fc from 'fast-check';
import { UUID_TYPE, isUnion } from '../avro/schema.js';
import type { AvroType } from '../avro/schema.js';

type Named = { readonly count: number };

/** Any schema a contract or a foreign writer may have, with unique names; unions may be ambiguous. */
export function schemas(depth = 3): fc.Arbitrary<object> {
  return fc
    .array(shapes(depth), { minLength: 1, maxLength: 5 })
    .map((fields) => named({ type: 'record', fields }, { count: 0 }) as object);
}

type Shape = string | { readonly type: string; readonly [part: string]: unknown } | readonly Shape[];

function shapes(depth: number): fc.Arbitrary<Shape> {
  const leaf: fc.Arbitrary<Shape> = fc.oneof(
    fc.constantFrom('null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'),
    fc.constant({ type: 'string', logicalType: 'uuid' }),
    fc.constant({ type: 'long', logicalType: 'timestamp-millis' }),
    fc
      .integer({ min: 1, max: 4 })
      .map((count) => ({ type: 'enum', symbols: ['A', 'B', 'C', 'D'].slice(0, count) })),
    fc.integer({ min: 0, max: 5 }).map((size) => ({ type: 'fixed', size })),
  );
  if (depth === 0) return leaf;
  const below = shapes(depth - 1);
  return fc.oneof(
    { weight: 4, arbitrary: leaf },
    { weight: 1, arbitrary: below.map((items) => ({ type: 'array', items })) },
    { weight: 1, arbitrary: below.map((values) => ({ type: 'map', values })) },
    { weight: 1, arbitrary: fc.array(below, { maxLength: 3 }).map((fields) => ({ type: 'record', fields })) },
    { weight: 2, arbitrary: fc.array(below, { minLength: 1, maxLength: 4 }).map(distinctBranches) },
  );
}

/** Of a union only one branch may be of a kind without a name, and none a union. */
function distinctBranches(branches: readonly Shape[]): Shape {
  const seen = new Set<string>();
  const kept = branches.filter((branch) => {
    const kind = Array.isArray(branch)
      ? 'union'
      : typeof branch === 'string'
        ? branch
        : (branch as { type: string }).type;
    if (kind === 'union' || seen.has(kind)) return false;
    if (!['record', 'enum', 'fixed'].includes(kind)) seen.add(kind);
    return true;
  });
  return kept.length === 0 ? ['null'] : kept;
}

function named(shape: Shape, names: { count: number } & Named): unknown {
  if (typeof shape === 'string') return shape;
  if (Array.isArray(shape)) return shape.map((branch: Shape) => named(branch, names));
  const { type, fields, items, values, ...rest } = shape as { type: string; [part: string]: unknown };
  const name = ['record', 'enum', 'fixed'].includes(type) ? { name: `N${names.count++}` } : {};
  return {
    type,
    ...name,
    ...rest,
    ...(items === undefined ? {} : { items: named(items as Shape, names) }),
    ...(values === undefined ? {} : { values: named(values as Shape, names) }),
    ...(fields === undefined
      ? {}
      : {
          fields: (fields as Shape[]).map((type, index) => ({ name: `f${index}`, type: named(type, names) })),
        }),
  };
}

/** Values of a schema in the form the library takes and gives. */
export function valuesOf(type: AvroType): fc.Arbitrary<unknown> {
  if (type === UUID_TYPE) return fc.uuid();
  if (isUnion(type)) {
    const wrapped = type.typeName === 'union:wrapped';
    return fc.oneof(
      ...type.types.map((branch) =>
        wrapped && branch.typeName !== 'null'
          ? valuesOf(branch).map((value) => ({ [branch.branchName as string]: value }))
          : valuesOf(branch),
      ),
    );
  }
  switch (type.typeName) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'int':
      return fc.integer();
    case 'long':
      return longs();
    case 'float':
      return fc.float().map((value) => value + 0);
    case 'double':
      return fc.double().map((value) => value + 0);
    case 'bytes':
      return fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes));
    case 'fixed': {
      const { size } = type as avro.types.FixedType;
      return fc.uint8Array({ minLength: size, maxLength: size }).map((bytes) => Buffer.from(bytes));
    }
    case 'string':
      return texts();
    case 'enum':
      return fc.constantFrom(...(type as avro.types.EnumType).symbols);
    case 'array':
      return fc.array(valuesOf((type as avro.types.ArrayType).itemsType), { maxLength: 4 });
    case 'map':
      return fc
        .array(fc.tuple(texts(), valuesOf((type as avro.types.MapType).valuesType as AvroType)), {
          maxLength: 4,
        })
        .map((entries) => Object.fromEntries(entries.filter(([key]) => key !== '__proto__')));
    default:
      return fc.record(
        Object.fromEntries(
          (type as avro.types.RecordType).fields.map((field) => [field.name, valuesOf(field.type)]),
        ),
      );
  }
}

/** Near powers of two, where encodings of integers go wrong, within what the library takes. */
export function longs(): fc.Arbitrary<number> {
  return fc
    .oneof(
      fc.integer(),
      fc.maxSafeInteger(),
      fc
        .tuple(fc.integer({ min: 0, max: 53 }), fc.integer({ min: -2, max: 2 }), fc.boolean())
        .map(([power, offset, negative]) => (negative ? -1 : 1) * (2 ** power + offset)),
    )
    .map((value) => Math.min(Math.max(value, -(2 ** 52)), 2 ** 53 - 2) + 0);
}

function texts(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.string({ unit: 'grapheme', maxLength: 90 }),
  );
}
