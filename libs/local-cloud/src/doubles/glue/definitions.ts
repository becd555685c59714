import { ModelledError } from '../framework/types.js';
import { canonicalForm } from './avro/canonical-form.js';
import { parseAvro, type Compatibility } from './avro/compatibility.js';
import type { DataFormat } from './state.js';

/** What is wrong with a definition in itself, or undefined. */
export function definitionProblem(format: DataFormat, definition: string): string | undefined {
  try {
    if (format === 'AVRO') parseAvro(definition);
    else if (format === 'JSON') JSON.parse(definition);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** @throws ModelledError `InvalidInputException`, in the registry's words. */
export function checkDefinition(format: DataFormat, definition: string): void {
  const problem = definitionProblem(format, definition);
  if (problem === undefined) return;
  throw new ModelledError(
    'InvalidInputException',
    `Schema definition of ${format} data format is invalid: ${problem}`,
  );
}

/** The form in which two definitions are the same version; of JSON and Protocol Buffers the text itself. */
export function canonicalDefinition(format: DataFormat, definition: string): string {
  return format === 'AVRO' ? canonicalForm(definition) : definition.trim();
}

/** Evolution is checked for Avro only, which is what the mesh speaks: the double does not let others pass unchecked. */
export function checkSupported(format: DataFormat, compatibility: Compatibility): void {
  if (format === 'AVRO' || compatibility === 'NONE' || compatibility === 'DISABLED') return;
  throw new ModelledError(
    'UnsupportedOperation',
    `the double checks the compatibility of AVRO only: use NONE or DISABLED for ${format}`,
  );
}
