import { compare, equal, invalid, typeOf, type AttributeValue, type Item } from '../values.js';
import { Parser, valueAt, type Operand, type Path, type Placeholders } from './parser.js';

export const comparators = ['=', '<>', '<', '<=', '>', '>='] as const;
export type Comparator = (typeof comparators)[number];

/**
 * A condition as it was written.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
 */
export type Condition =
  | { readonly kind: 'and' | 'or'; readonly left: Condition; readonly right: Condition }
  | { readonly kind: 'not'; readonly inner: Condition }
  | {
      readonly kind: 'compare';
      readonly comparator: Comparator;
      readonly left: Operand;
      readonly right: Operand;
    }
  | { readonly kind: 'between'; readonly operand: Operand; readonly low: Operand; readonly high: Operand }
  | { readonly kind: 'in'; readonly operand: Operand; readonly choices: readonly Operand[] }
  | { readonly kind: 'exists'; readonly path: Path; readonly wanted: boolean }
  | { readonly kind: 'type'; readonly path: Path; readonly type: string }
  | { readonly kind: 'begins' | 'contains'; readonly path: Path; readonly operand: Operand };

/** @param label as AWS has it, `ConditionExpression` */
export function parseCondition(expression: string, label: string, placeholders: Placeholders): Condition {
  const parser = new Parser(expression, label, placeholders);
  const condition = disjunction(parser);
  parser.end();
  return condition;
}

function disjunction(parser: Parser): Condition {
  let left = conjunction(parser);
  while (parser.take('OR')) left = { kind: 'or', left, right: conjunction(parser) };
  return left;
}

function conjunction(parser: Parser): Condition {
  let left = negation(parser);
  while (parser.take('AND')) left = { kind: 'and', left, right: negation(parser) };
  return left;
}

function negation(parser: Parser): Condition {
  if (parser.take('NOT')) return { kind: 'not', inner: negation(parser) };
  if (parser.take('(')) {
    const inner = disjunction(parser);
    parser.expect(')');
    return inner;
  }
  return predicate(parser);
}

function predicate(parser: Parser): Condition {
  const name = parser.takeFunction();
  if (name !== undefined && name !== 'size') return call(name, parser);
  const operand: Operand = name === 'size' ? sizeOperand(parser) : plainOperand(parser);
  const comparator = comparators.find((candidate) => parser.take(candidate));
  if (comparator !== undefined)
    return { kind: 'compare', comparator, left: operand, right: anyOperand(parser) };
  if (parser.take('BETWEEN')) {
    const low = anyOperand(parser);
    parser.expect('AND');
    return { kind: 'between', operand, low, high: anyOperand(parser) };
  }
  parser.expect('IN');
  parser.expect('(');
  const choices = [anyOperand(parser)];
  while (parser.take(',')) choices.push(anyOperand(parser));
  parser.expect(')');
  return { kind: 'in', operand, choices };
}

/** Its opening parenthesis was taken. */
function call(name: string, parser: Parser): Condition {
  const closed = <T>(value: T): T => {
    parser.expect(')');
    return value;
  };
  const path = parser.path();
  switch (name) {
    case 'attribute_exists':
    case 'attribute_not_exists':
      return closed({ kind: 'exists', path, wanted: name === 'attribute_exists' });
    case 'attribute_type':
      parser.expect(',');
      return closed({ kind: 'type', path, type: parser.value().S ?? '' });
    case 'begins_with':
    case 'contains':
      parser.expect(',');
      return closed({ kind: name === 'contains' ? 'contains' : 'begins', path, operand: anyOperand(parser) });
    default:
      throw invalid(`Invalid ${parser.label}: Invalid function name; function: ${name}`);
  }
}

function anyOperand(parser: Parser): Operand {
  const name = parser.takeFunction();
  if (name === undefined) return plainOperand(parser);
  if (name === 'size') return sizeOperand(parser);
  throw invalid(
    `Invalid ${parser.label}: The function is not allowed to be used this way in an expression; function: ${name}`,
  );
}

function plainOperand(parser: Parser): Operand {
  const value = parser.takeValue();
  return value === undefined ? { kind: 'path', path: parser.path() } : { kind: 'value', value };
}

function sizeOperand(parser: Parser): Operand {
  const path = parser.path();
  parser.expect(')');
  return { kind: 'size', path };
}

/** Whether it holds of an item, or of none. What is not there compares with nothing, and is unlike everything. */
export function holds(condition: Condition, item: Item | undefined): boolean {
  switch (condition.kind) {
    case 'and':
      return holds(condition.left, item) && holds(condition.right, item);
    case 'or':
      return holds(condition.left, item) || holds(condition.right, item);
    case 'not':
      return !holds(condition.inner, item);
    case 'exists':
      return (valueAt(item, condition.path) !== undefined) === condition.wanted;
    case 'type': {
      const value = valueAt(item, condition.path);
      return value !== undefined && typeOf(value) === condition.type;
    }
    case 'begins': {
      const [value, start] = [valueAt(item, condition.path), resolve(condition.operand, item)];
      if (value?.S !== undefined && start?.S !== undefined) return value.S.startsWith(start.S);
      return value?.B !== undefined && start?.B !== undefined && value.B.indexOf(start.B) === 0;
    }
    case 'contains':
      return contains(valueAt(item, condition.path), resolve(condition.operand, item));
    case 'compare':
      return compares(condition.comparator, resolve(condition.left, item), resolve(condition.right, item));
    case 'between': {
      const value = resolve(condition.operand, item);
      return (
        compares('>=', value, resolve(condition.low, item)) &&
        compares('<=', value, resolve(condition.high, item))
      );
    }
    case 'in': {
      const value = resolve(condition.operand, item);
      return condition.choices.some((choice) => compares('=', value, resolve(choice, item)));
    }
  }
}

export function compares(
  comparator: Comparator,
  left: AttributeValue | undefined,
  right: AttributeValue | undefined,
): boolean {
  const same = left !== undefined && right !== undefined && equal(left, right);
  if (comparator === '=') return same;
  if (comparator === '<>') return !same;
  const order = left === undefined || right === undefined ? undefined : compare(left, right);
  if (order === undefined) return false;
  switch (comparator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}

function contains(value: AttributeValue | undefined, part: AttributeValue | undefined): boolean {
  if (value === undefined || part === undefined) return false;
  if (value.S !== undefined) return part.S !== undefined && value.S.includes(part.S);
  if (value.B !== undefined) return part.B !== undefined && value.B.includes(part.B);
  const members: readonly AttributeValue[] =
    value.L ??
    value.SS?.map((S) => ({ S })) ??
    value.NS?.map((N) => ({ N })) ??
    value.BS?.map((B) => ({ B })) ??
    [];
  return members.some((member) => equal(member, part));
}

function resolve(operand: Operand, item: Item | undefined): AttributeValue | undefined {
  if (operand.kind === 'value') return operand.value;
  const value = valueAt(item, operand.path);
  if (operand.kind === 'path' || value === undefined) return value;
  const { S, B, SS, NS, BS, L, M } = value;
  const length = S === undefined ? (B ?? SS ?? NS ?? BS ?? L)?.length : Buffer.byteLength(S);
  const size = length ?? (M === undefined ? undefined : Object.keys(M).length);
  return size === undefined ? undefined : { N: String(size) };
}
