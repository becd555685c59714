/** The parts of a JSON Schema that a fault can be explained from. */
export interface ValueSchema {
  readonly type?: string;
  readonly const?: unknown;
  readonly anyOf?: readonly ValueSchema[];
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly writeOnly?: boolean;
}

/** What a variable may hold, in words: `an integer from 0 to 65535`, `one of fatal, error, warn`. */
export function allowedValues(schema: ValueSchema): string {
  if (schema.description !== undefined) return schema.description;
  if (schema.anyOf !== undefined) {
    const constants = schema.anyOf.map((option) => option.const);
    if (constants.every((value) => value !== undefined)) return `one of ${constants.map(String).join(', ')}`;
    return schema.anyOf.map(allowedValues).join(' or ');
  }
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  switch (schema.type) {
    case 'integer':
      return `an integer${range(schema)}`;
    case 'number':
      return `a number${range(schema)}`;
    case 'boolean':
      return 'true or false';
    case 'array':
      return 'a comma-separated list';
    case undefined:
    default:
      return text(schema);
  }
}

function range({ minimum, maximum, exclusiveMinimum }: ValueSchema): string {
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  if (minimum !== undefined) return ` from ${minimum} up`;
  if (exclusiveMinimum !== undefined) return ` above ${exclusiveMinimum}`;
  return maximum === undefined ? '' : ` up to ${maximum}`;
}

function text({ format, pattern, minLength = 0, maxLength }: ValueSchema): string {
  if (format !== undefined) return `a ${format}`;
  if (pattern !== undefined) return `text matching ${pattern}`;
  if (maxLength !== undefined) return `text of ${minLength} to ${maxLength} characters`;
  return minLength > 1 ? `text of at least ${minLength} characters` : 'text that is not empty';
}
