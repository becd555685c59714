import { invalidInput } from '../errors.js';
import type { Value } from '../schema/dataset-schema.js';
import type { Condition, Expression } from './parse.js';

/** What a filter looks at. */
export interface FilterContext {
  /** Values of the request by parameter name, as `"SONG","EPISODE"`. */
  readonly filterValues: Readonly<Record<string, string>>;
  itemField(item: string, field: string): Value | undefined;
  userField(field: string): Value | undefined;
  /** The item asked about; only recipes for related items have one. */
  readonly currentItem: string | undefined;
  /** Items the user has an event of one of these types with, in lower case; `*` is any. */
  interactedWith(types: ReadonlySet<string>): ReadonlySet<string>;
}

export type ItemFilter = (item: string) => boolean;

/**
 * Makes a request's filter. For INCLUDE all parameters must have values; an EXCLUDE without a value is left out of use
 * (https://docs.aws.amazon.com/personalize/latest/dg/API_RS_GetRecommendations.html, `filterValues`).
 *
 * @throws ModelledError `InvalidInputException`
 */
export function itemFilter(expressions: readonly Expression[], context: FilterContext): ItemFilter {
  checkNames(expressions, context.filterValues);
  const tests = expressions.map((expression) => expressionTest(expression, context));
  return (item) => tests.every((test) => test(item));
}

function expressionTest({ action, anyOf, onlyIf }: Expression, context: FilterContext): ItemFilter {
  const unset = [...anyOf.flat(), ...onlyIf].find(
    ({ operand }) => 'parameter' in operand && !(operand.parameter in context.filterValues),
  );
  if (unset) {
    if (action === 'EXCLUDE') return () => true;
    throw invalidInput(
      `filterValues has no value for $${(unset.operand as { parameter: string }).parameter}, which INCLUDE needs`,
    );
  }
  if (!onlyIf.every((condition) => conditionTest(condition, context)(''))) return () => true;
  const groups = anyOf.map((all) => all.map((condition) => conditionTest(condition, context)));
  const matches: ItemFilter = (item) => groups.some((all) => all.every((test) => test(item)));
  return action === 'INCLUDE' ? matches : (item) => !matches(item);
}

function conditionTest({ dataset, field, operator, operand }: Condition, context: FilterContext): ItemFilter {
  const wanted = wantedValues(operand, context);
  if (dataset === 'Interactions') {
    // "Amazon Personalize ignores case only when matching event types."
    const items = context.interactedWith(new Set(wanted.map((value) => String(value).toLowerCase())));
    return operator === 'NOT IN' ? (item) => !items.has(item) : (item) => items.has(item);
  }
  const fieldOf: (item: string) => Value | undefined =
    dataset === 'CurrentUser' ? () => context.userField(field) : (item) => context.itemField(item, field);
  if (operator === 'IN' || operator === 'NOT IN') {
    const texts = new Set(wanted.flatMap((value) => categories(value)));
    const isIn: ItemFilter = (item) => categories(fieldOf(item)).some((category) => texts.has(category));
    return operator === 'IN' ? isIn : (item) => !isIn(item);
  }
  const [limit] = wanted;
  return (item) => compare(fieldOf(item), operator, limit);
}

function wantedValues(operand: Condition['operand'], context: FilterContext): readonly Value[] {
  if ('values' in operand) return operand.values;
  if ('parameter' in operand) return requestValues(context.filterValues[operand.parameter] ?? '');
  if (context.currentItem === undefined) {
    throw invalidInput('CurrentItem can be used with a recipe for related items only, which has an itemId');
  }
  return [context.itemField(context.currentItem, operand.currentItemField) ?? null];
}

/** Several categories of one field are separated by `|`. */
const categories = (value: Value | undefined): readonly string[] =>
  value === null || value === undefined ? [] : String(value).split('|');

/** `"a","b"`, with or without quotes, or a number. */
const requestValues = (text: string): readonly string[] =>
  [...text.matchAll(/"((?:[^"\\]|\\.)*)"|([^",]+)/g)].map(
    ([, quoted, plain]) => quoted ?? plain?.trim() ?? '',
  );

function compare(value: Value | undefined, operator: string, limit: Value | undefined): boolean {
  if (value === null || value === undefined || limit === null || limit === undefined) return false;
  const [a, b] = [Number(value), Number(limit)];
  if (Number.isNaN(a) || Number.isNaN(b)) return operator === '=' && String(value) === String(limit);
  switch (operator) {
    case '=':
      return a === b;
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    default:
      return a >= b;
  }
}

function checkNames(
  expressions: readonly Expression[],
  filterValues: Readonly<Record<string, string>>,
): void {
  const known = expressions.flatMap(({ anyOf, onlyIf }) =>
    [...anyOf.flat(), ...onlyIf].flatMap(({ operand }) =>
      'parameter' in operand ? [operand.parameter] : [],
    ),
  );
  const unknown = Object.keys(filterValues).find((name) => !known.includes(name));
  if (unknown !== undefined) throw invalidInput(`the filter has no parameter $${unknown}`);
}
