import { invalid } from '../errors.js';

interface Member {
  readonly name: string;
  readonly type: MemberType;
  readonly required: boolean;
}

const checks = {
  String: (value: unknown) => typeof value === 'string',
  Boolean: (value: unknown) => typeof value === 'boolean',
  Integer: (value: unknown) => Number.isInteger(value) && Math.abs(Number(value)) <= 2 ** 31,
  Long: (value: unknown) => Number.isSafeInteger(value),
  Float: (value: unknown) => typeof value === 'number',
  Double: (value: unknown) => typeof value === 'number',
  Timestamp: (value: unknown) => typeof value === 'string' || typeof value === 'number',
};
type MemberType = keyof typeof checks;

/**
 * The structure a custom form's model describes. Of Smithy it knows what DataZone's portal writes: one structure of
 * simple members, with `@required` and traits that take text.
 *
 * @throws ModelledError `ValidationException` where the model is none, or its structure is not named as the form type
 */
export function parseFormModel(smithy: string, typeName: string): readonly Member[] {
  const source = smithy.replace(/\/\/[^\n]*/g, '');
  const structure = /^\s*(?:@[\w.#]+(?:\([^)]*\))?\s*)*structure\s+(\w+)\s*\{([\s\S]*)\}\s*$/.exec(source);
  if (structure === null) throw invalid('The form model is not one Smithy structure');
  const [, name, body = ''] = structure;
  if (name !== typeName) throw invalid(`The structure is named ${name}, the form type ${typeName}`);
  const members: Member[] = [];
  const pattern = /\s*((?:@[\w.#]+(?:\("(?:[^"\\]|\\.)*"\))?\s*)*)(\w+)\s*:\s*(?:smithy\.api#)?(\w+)\s*,?/y;
  while (pattern.lastIndex < body.trimEnd().length) {
    const at = pattern.lastIndex;
    const [, traits = '', member = '', type = ''] = pattern.exec(body) ?? [];
    if (!Object.hasOwn(checks, type)) {
      throw invalid(`The form model of ${typeName} is not valid at: ${body.slice(at, at + 60).trim()}`);
    }
    members.push({ name: member, type: type as MemberType, required: /@required\b/.test(traits) });
  }
  return members;
}

/** What is wrong with a form's content, or undefined. */
export function contentProblem(members: readonly Member[], content: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    return 'the content is not JSON';
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return 'the content is no JSON object';
  const given = value as Record<string, unknown>;
  for (const { name, type, required } of members) {
    const found = given[name];
    if (found === undefined || found === null) {
      if (required) return `the required field "${name}" is missing`;
    } else if (!checks[type](found)) return `the field "${name}" must be a ${type}`;
  }
  const unknown = Object.keys(given).find((name) => !members.some((member) => member.name === name));
  return unknown === undefined ? undefined : `the field "${unknown}" is not in the form type`;
}
