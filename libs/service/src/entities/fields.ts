import { Type, type TObject, type TProperties, type TSchema } from '@sinclair/typebox';
import type { EntityDefinition } from './definition.js';

/** One field of an entity: what is accepted, and in words the same, as the end of "must be …". */
export interface EntityField {
  readonly schema: TSchema;
  readonly rule: string;
}

/** The two parts of an {@link EntityDefinition} that say what its fields are. */
export function entityFields<T extends object>(
  title: string,
  fields: Readonly<Record<keyof T & string, EntityField>>,
): Pick<EntityDefinition<T>, 'schema' | 'rules'> & { readonly schema: TObject } {
  const entries = Object.entries<EntityField>(fields);
  const properties: TProperties = Object.fromEntries(
    entries.map(([name, { schema, rule }]) => {
      return [name, { ...schema, description: `${schema.description ?? ''} Must be ${rule}.`.trim() }];
    }),
  );
  return {
    schema: Type.Object(properties, { title }),
    // One for each field of T, as the fields are.
    rules: Object.fromEntries(entries.map(([name, { rule }]) => [name, rule])) as Record<
      keyof T & string,
      string
    >,
  };
}

/** Longest id, below the 256 characters that Personalize takes. */
const MAX_ID_LENGTH = 128;

/** An id, as it stands in paths, keys and events. In a path `.` and `..` would lead elsewhere. */
export function idField(description: string): EntityField {
  return {
    schema: Type.String({ pattern: `^(?!\\.{1,2}$)[\\x21-\\x7e]{1,${MAX_ID_LENGTH}}$`, description }),
    rule: `1 to ${MAX_ID_LENGTH} visible ASCII characters without blanks, and not . or ..`,
  };
}

/**
 * No control characters, of which Postgres takes not all, and no half of a surrogate pair, which UTF-8 cannot say: the
 * entity and its event would differ. Means the same with and without the flag `u`.
 */
const CHARACTER = '(?:[^\\x00-\\x1f\\x7f-\\x9f\\ud800-\\udfff]|[\\ud800-\\udbff][\\udc00-\\udfff])';

/** A text that people read. */
export function textField(description: string, maxLength = 300): EntityField {
  return {
    schema: Type.String({ pattern: `^(?!\\s)${CHARACTER}+(?<!\\s)$`, maxLength, description }),
    rule: `1 to ${maxLength} characters, no control characters, without blanks at either end`,
  };
}

/** @param rule what the pattern means */
export function patternField(description: string, pattern: string, rule: string): EntityField {
  return { schema: Type.String({ pattern, description }), rule };
}

/** @param what in the plural */
export function textsField(
  description: string,
  what: string,
  { minItems = 1, maxItems = 10 }: { readonly minItems?: number; readonly maxItems?: number } = {},
): EntityField {
  const { schema } = textField('', 50);
  return {
    schema: Type.Array(Type.String({ ...schema, description: '' }), {
      minItems,
      maxItems,
      uniqueItems: true,
      description,
    }),
    rule: `${minItems} to ${maxItems} different ${what} of 1 to 50 characters each, no control characters`,
  };
}

/** A length in time, in milliseconds. */
export function durationField(description: string, maxMs: number): EntityField {
  return {
    schema: Type.Integer({ minimum: 1, maximum: maxMs, description }),
    rule: `a whole number of milliseconds from 1 to ${maxMs}`,
  };
}

/** A point in time, in milliseconds since the epoch, from `earliest` on and before `end`. */
export function instantField(description: string, earliest: number, end: number): EntityField {
  const day = (time: number) => new Date(time).toISOString().slice(0, 10);
  return {
    schema: Type.Integer({ minimum: earliest, maximum: end - 1, description }),
    rule: `a whole number of milliseconds since the epoch, from ${day(earliest)} on and before ${day(end)}`,
  };
}

/** True or false; false where it is left out. */
export function flagField(description: string): EntityField {
  return { schema: Type.Boolean({ default: false, description }), rule: 'true or false' };
}

/** A field that may be null, and is where it is left out. */
export function nullableField({ schema, rule }: EntityField): EntityField {
  const { description } = schema;
  return {
    schema: Type.Union([schema, Type.Null()], {
      default: null,
      ...(description === undefined ? {} : { description }),
    }),
    rule: `${rule}, or null`,
  };
}
