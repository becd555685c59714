/**
 * The form in which two Avro definitions are the same version: Avro's Parsing Canonical Form
 * (https://avro.apache.org/docs/1.11.1/specification/#transforming-into-parsing-canonical-form) without its step STRIP.
 * White space, the order of attributes, `{"type": "int"}` for `"int"` and a namespace apart from the name make no
 * difference; documentation, defaults, aliases and logical types do, since a version must be had back with them.
 *
 * Glue says of GetSchemaByDefinition that the definition is «canonicalized, and hashed», not how.
 */
export function canonicalForm(definition: string): string {
  return JSON.stringify(canonical(JSON.parse(definition), ''));
}

const named: ReadonlySet<unknown> = new Set(['record', 'error', 'enum', 'fixed']);
const primitives: ReadonlySet<unknown> = new Set([
  'null',
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'bytes',
  'string',
]);

function canonical(schema: unknown, namespace: string): unknown {
  if (typeof schema === 'string') return fullName(schema, namespace);
  if (Array.isArray(schema)) return schema.map((branch) => canonical(branch, namespace));
  if (typeof schema !== 'object' || schema === null) return schema;
  const source = schema as Record<string, unknown>;
  const keys = Object.keys(source).sort();
  if (keys.length === 1 && primitives.has(source['type'])) return source['type'];

  let inner = namespace;
  const result: Record<string, unknown> = {};
  if (named.has(source['type']) && typeof source['name'] === 'string') {
    const own = typeof source['namespace'] === 'string' ? source['namespace'] : namespace;
    const name = fullName(source['name'], own);
    inner = name.includes('.') ? name.slice(0, name.lastIndexOf('.')) : '';
    result['name'] = name;
  }
  for (const key of keys) {
    const value = source[key];
    if (key === 'namespace' || (key === 'name' && 'name' in result)) continue;
    if (key === 'type' && named.has(value)) result['type'] = value;
    else if (key === 'type' || key === 'items' || key === 'values') result[key] = canonical(value, inner);
    else if (key === 'fields' && Array.isArray(value))
      result['fields'] = value.map((field) => canonicalField(field, inner));
    else result[key] = sorted(value);
  }
  return result;
}

function canonicalField(field: unknown, namespace: string): unknown {
  if (typeof field !== 'object' || field === null) return field;
  const source = field as Record<string, unknown>;
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(source).sort()) {
    result[key] = key === 'type' ? canonical(source[key], namespace) : sorted(source[key]);
  }
  return result;
}

const fullName = (name: string, namespace: string): string =>
  name.includes('.') || namespace === '' || primitives.has(name) || name === 'array' || name === 'map'
    ? name
    : `${namespace}.${name}`;

/** Any JSON value with its keys in order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  );
}
