import { RejectedRecordError } from '@mesh/streams';

const MAX_TEXT = 256;

/** An id or a type, as all of Personalize's APIs bound them. */
export function checkText(field: string, value: unknown): RejectedRecordError | undefined {
  if (typeof value !== 'string' || value === '') {
    return rejected('FIELD_MISSING', field, `must be text of 1 to ${MAX_TEXT} characters`);
  }
  if (value.length > MAX_TEXT) {
    return rejected('FIELD_TOO_LONG', field, `has ${value.length} characters, allowed are ${MAX_TEXT}`);
  }
  return undefined;
}

/** @param most characters that the API allows */
export function checkProperties(
  properties: string | undefined,
  most: number,
): RejectedRecordError | undefined {
  if (properties === undefined) return undefined;
  if (properties.length > most) {
    const problem = `has ${properties.length} characters, allowed are ${most}`;
    return rejected('PROPERTIES_TOO_LONG', 'properties', problem);
  }
  try {
    const parsed: unknown = JSON.parse(properties);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return undefined;
  } catch (error) {
    return rejected('FIELD_INVALID', 'properties', 'is no JSON', error);
  }
  return rejected('FIELD_INVALID', 'properties', 'is JSON, but no object');
}

export function rejected(
  reason: string,
  field: string,
  problem: string,
  cause?: unknown,
): RejectedRecordError {
  return new RejectedRecordError(reason, `${field} ${problem}`, cause === undefined ? {} : { cause });
}
