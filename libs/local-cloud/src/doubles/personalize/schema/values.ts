import { invalidInput } from '../errors.js';
import type { Column, DatasetSchema, Value } from './dataset-schema.js';

/** A value that a column does not take: what is wrong, without saying where. */
export class ValueError extends Error {
  override readonly name = 'ValueError';
}

/** Reads a cell of a CSV file. An empty one is null. @throws ValueError */
export function cellValue(column: Column, text: string): Value {
  if (text === '') {
    if (column.nullable) return null;
    if (!column.types.has('string')) throw new ValueError(`${column.name} is empty and not nullable`);
  }
  if (column.types.has('string')) return text;
  return scalar(column, text);
}

function scalar(column: Column, text: string): Value {
  const { types, name } = column;
  if ((types.has('int') || types.has('long')) && /^[+-]?\d{1,19}$/.test(text)) return Number(text);
  if ((types.has('float') || types.has('double')) && text.trim() !== '' && Number.isFinite(Number(text)))
    return Number(text);
  if (types.has('boolean') && /^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  throw new ValueError(`${name} must be ${[...types].join(' or ')}, not "${text.slice(0, 100)}"`);
}

/**
 * Reads the properties of an item, a user or an event: a JSON object whose keys "use camel case names that match the
 * fields in the schema", numbers also as text, as AWS's own example has them
 * (https://docs.aws.amazon.com/personalize/latest/dg/API_UBS_Item.html).
 *
 * @param complete whether every field that is not nullable must be there, but for `except`
 * @throws ModelledError `InvalidInputException`
 */
export function propertyValues(
  schema: DatasetSchema,
  properties: string | undefined,
  where: string,
  { complete, except }: { readonly complete: boolean; readonly except: readonly string[] },
): Record<string, Value> {
  const values: Record<string, Value> = {};
  for (const [key, given] of Object.entries(parsed(properties, where))) {
    const column = schema.property(key);
    if (!column || except.includes(column.name)) {
      throw invalidInput(`${where}: the schema has no field for the property ${key}`);
    }
    try {
      values[column.name] = propertyValue(column, given);
    } catch (error) {
      throw invalidInput(`${where}: ${(error as ValueError).message}`);
    }
  }
  if (complete) {
    const missing = schema.columns.find(
      ({ name, nullable }) => !nullable && !(name in values) && !except.includes(name),
    );
    if (missing)
      throw invalidInput(
        `${where}: the property ${missing.property} is missing, and ${missing.name} is not nullable`,
      );
  }
  return values;
}

function parsed(properties: string | undefined, where: string): Record<string, unknown> {
  if (properties === undefined) return {};
  let value: unknown;
  try {
    value = JSON.parse(properties);
  } catch (error) {
    throw invalidInput(`${where}: properties are not valid JSON: ${(error as Error).message}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidInput(`${where}: properties must be a JSON object`);
  }
  return value as Record<string, unknown>;
}

function propertyValue(column: Column, value: unknown): Value {
  if (value === null) {
    if (column.nullable) return null;
    throw new ValueError(`${column.property} is null and ${column.name} is not nullable`);
  }
  if (typeof value === 'string') return column.types.has('string') ? value : cellValue(column, value);
  if (typeof value === 'number' || typeof value === 'boolean') return scalar(column, String(value));
  throw new ValueError(`${column.property} must be a string, a number or a boolean`);
}
