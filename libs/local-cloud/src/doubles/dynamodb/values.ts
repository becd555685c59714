import { ModelledError } from '../framework/types.js';
import { compareDecimals, formatDecimal, parseDecimal, type Decimal } from './decimal.js';

/** A typed value as the API has it: exactly one member. Blobs are `Buffer`. */
export interface AttributeValue {
  readonly S?: string;
  readonly N?: string;
  readonly B?: Buffer;
  readonly SS?: readonly string[];
  readonly NS?: readonly string[];
  readonly BS?: readonly Buffer[];
  readonly M?: Readonly<Record<string, AttributeValue>>;
  readonly L?: readonly AttributeValue[];
  readonly NULL?: boolean;
  readonly BOOL?: boolean;
}

export type AttributeType = keyof AttributeValue;
export type Item = Readonly<Record<string, AttributeValue>>;

export const invalid = (message: string): ModelledError => new ModelledError('ValidationException', message);

export function typeOf(value: AttributeValue): AttributeType {
  const [type] = Object.keys(value);
  return (type ?? 'NULL') as AttributeType;
}

/**
 * A value as it is stored: numbers in their one form, sets without repeats.
 *
 * @throws ModelledError ValidationException for what is no value
 */
export function accepted(value: AttributeValue): AttributeValue {
  if (Object.keys(value).length !== 1) {
    throw invalid('Supplied AttributeValue is empty, must contain exactly one of the supported datatypes');
  }
  if (value.N !== undefined) return { N: formatDecimal(decimal(value.N)) };
  if (value.NULL === false)
    throw invalid(
      'One or more parameter values were invalid: Null attribute value types must have the value of true',
    );
  if (value.SS !== undefined) return { SS: distinct(value.SS, (text) => text) };
  if (value.NS !== undefined) {
    return {
      NS: distinct(
        value.NS.map((text) => formatDecimal(decimal(text))),
        (text) => text,
      ),
    };
  }
  if (value.BS !== undefined) return { BS: distinct(value.BS, (bytes) => bytes.toString('hex')) };
  if (value.L !== undefined) return { L: value.L.map(accepted) };
  if (value.M !== undefined) return { M: acceptedItem(value.M) };
  return value;
}

export function acceptedItem(item: Item): Item {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, accepted(value)]));
}

export function decimal(text: string): Decimal {
  const parsed = parseDecimal(text);
  if (parsed === undefined) {
    throw invalid(`The parameter cannot be converted to a numeric value: ${text}`);
  }
  return parsed;
}

function distinct<T>(values: readonly T[], key: (value: T) => string): readonly T[] {
  if (values.length === 0)
    throw invalid('One or more parameter values were invalid: An set may not be empty');
  if (new Set(values.map(key)).size !== values.length) {
    throw invalid('One or more parameter values were invalid: Input collection contains duplicates.');
  }
  return values;
}

/** Order of values of one ordered type (S by UTF-8 bytes, N, B); undefined for any others. */
export function compare(a: AttributeValue, b: AttributeValue): number | undefined {
  if (a.S !== undefined && b.S !== undefined) return Buffer.compare(Buffer.from(a.S), Buffer.from(b.S));
  if (a.N !== undefined && b.N !== undefined) return compareDecimals(decimal(a.N), decimal(b.N));
  if (a.B !== undefined && b.B !== undefined) return Buffer.compare(a.B, b.B);
  return undefined;
}

export function equal(a: AttributeValue, b: AttributeValue): boolean {
  return typeOf(a) === typeOf(b) && identity(a) === identity(b);
}

/** Equal for equal stored values: the order of a set and of a map's names does not count. */
export function identity(value: AttributeValue): string {
  if (value.B !== undefined) return `B${value.B.toString('hex')}`;
  if (value.SS !== undefined) return `SS${JSON.stringify([...value.SS].sort())}`;
  if (value.NS !== undefined) return `NS${JSON.stringify([...value.NS].sort())}`;
  if (value.BS !== undefined)
    return `BS${JSON.stringify(value.BS.map((bytes) => bytes.toString('hex')).sort())}`;
  if (value.L !== undefined) return `L${JSON.stringify(value.L.map(identity))}`;
  if (value.M !== undefined) {
    return `M${JSON.stringify(
      Object.entries(value.M)
        .map(([name, inner]) => [name, identity(inner)])
        .sort(),
    )}`;
  }
  return JSON.stringify(value);
}

/**
 * Bytes of an item as DynamoDB counts them, to within a few.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export function sizeOfItem(item: Item): number {
  return Object.entries(item).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + sizeOf(value),
    0,
  );
}

function sizeOf(value: AttributeValue): number {
  const sum = (sizes: readonly number[]) => sizes.reduce((total, size) => total + size, 0);
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return Math.ceil(value.N.length / 2) + 1;
  if (value.B !== undefined) return value.B.length;
  if (value.SS !== undefined) return sum(value.SS.map((text) => Buffer.byteLength(text)));
  if (value.NS !== undefined) return sum(value.NS.map((text) => Math.ceil(text.length / 2) + 1));
  if (value.BS !== undefined) return sum(value.BS.map((bytes) => bytes.length));
  if (value.L !== undefined) return 3 + sum(value.L.map((inner) => 1 + sizeOf(inner)));
  if (value.M !== undefined) return 3 + Object.keys(value.M).length + sizeOfItem(value.M);
  return 1;
}

/** For a journal: blobs as base64. */
export function toJson(value: AttributeValue): unknown {
  if (value.B !== undefined) return { B: value.B.toString('base64') };
  if (value.BS !== undefined) return { BS: value.BS.map((bytes) => bytes.toString('base64')) };
  if (value.L !== undefined) return { L: value.L.map(toJson) };
  if (value.M !== undefined) return { M: itemToJson(value.M) };
  return value;
}

export function itemToJson(item: Item): Record<string, unknown> {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, toJson(value)]));
}

function fromJson(json: unknown): AttributeValue {
  const value = json as AttributeValue & { B?: unknown; BS?: unknown; L?: unknown; M?: unknown };
  if (value.B !== undefined) return { B: Buffer.from(value.B as unknown as string, 'base64') };
  if (value.BS !== undefined) {
    return { BS: (value.BS as unknown as string[]).map((text) => Buffer.from(text, 'base64')) };
  }
  if (value.L !== undefined) return { L: (value.L as unknown[]).map(fromJson) };
  if (value.M !== undefined) return { M: itemFromJson(value.M) };
  return value;
}

export function itemFromJson(json: Readonly<Record<string, unknown>>): Item {
  return Object.fromEntries(Object.entries(json).map(([name, value]) => [name, fromJson(value)]));
}
