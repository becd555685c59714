import { ModelledError } from '../../framework/types.js';
import { addDecimals, formatDecimal } from '../decimal.js';
import { accepted, decimal, invalid, typeOf, type AttributeValue, type Item } from '../values.js';
import { Parser, valueAt, type Path, type Placeholders } from './parser.js';

type Term =
  | { readonly kind: 'value'; readonly value: AttributeValue }
  | { readonly kind: 'path'; readonly path: Path }
  | { readonly kind: 'if_not_exists'; readonly path: Path; readonly otherwise: Term }
  | { readonly kind: 'list_append'; readonly first: Term; readonly second: Term }
  | { readonly kind: 'sum'; readonly left: Term; readonly right: Term; readonly factor: 1n | -1n };

type Action =
  | { readonly kind: 'set'; readonly name: string; readonly term: Term }
  | { readonly kind: 'remove'; readonly name: string }
  | { readonly kind: 'add' | 'delete'; readonly name: string; readonly value: AttributeValue };

/** What an update does to an item. */
export interface Update {
  readonly actions: readonly Action[];
}

/**
 * Only attributes of the item itself are changed here, not what is inside of one.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
 */
export function parseUpdate(expression: string, placeholders: Placeholders): Update {
  const parser = new Parser(expression, 'UpdateExpression', placeholders);
  const actions: Action[] = [];
  const seen = new Set<string>();
  while (!parser.done) {
    const clause = (['SET', 'REMOVE', 'ADD', 'DELETE'] as const).find((word) => parser.take(word));
    if (clause === undefined) throw parser.unexpected();
    if (seen.has(clause)) {
      throw invalid(
        `Invalid UpdateExpression: The "${clause}" section can only be used once in an update expression;`,
      );
    }
    seen.add(clause);
    do actions.push(action(clause, parser));
    while (parser.take(','));
  }
  const names = actions.map(({ name }) => name);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) {
    throw invalid(
      `Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [${repeated}], path two: [${repeated}]`,
    );
  }
  return { actions };
}

function action(clause: 'SET' | 'REMOVE' | 'ADD' | 'DELETE', parser: Parser): Action {
  const name = attribute(parser.path());
  switch (clause) {
    case 'SET':
      parser.expect('=');
      return { kind: 'set', name, term: sum(parser) };
    case 'REMOVE':
      return { kind: 'remove', name };
    case 'ADD':
      return { kind: 'add', name, value: parser.value() };
    case 'DELETE':
      return { kind: 'delete', name, value: parser.value() };
  }
}

function attribute([name, ...inner]: Path): string {
  if (inner.length === 0) return name;
  throw new ModelledError(
    'UnsupportedOperation',
    `the double of dynamodb updates whole attributes only, not ${[name, ...inner].join('.')}`,
  );
}

function sum(parser: Parser): Term {
  const left = term(parser);
  for (const [sign, factor] of [
    ['+', 1n],
    ['-', -1n],
  ] as const) {
    if (parser.take(sign)) return { kind: 'sum', left, right: term(parser), factor };
  }
  return left;
}

function term(parser: Parser): Term {
  const name = parser.takeFunction();
  if (name === 'if_not_exists') {
    const path = parser.path();
    parser.expect(',');
    const otherwise = term(parser);
    parser.expect(')');
    return { kind: 'if_not_exists', path, otherwise };
  }
  if (name === 'list_append') {
    const first = term(parser);
    parser.expect(',');
    const second = term(parser);
    parser.expect(')');
    return { kind: 'list_append', first, second };
  }
  if (name !== undefined) throw invalid(`Invalid UpdateExpression: Invalid function name; function: ${name}`);
  const value = parser.takeValue();
  return value === undefined ? { kind: 'path', path: parser.path() } : { kind: 'value', value };
}

/** The item as it is after the update, all of whose terms see it as it was before. */
export function updated(update: Update, before: Item): Item {
  const after: Record<string, AttributeValue> = { ...before };
  for (const action of update.actions) {
    if (action.kind === 'set') after[action.name] = accepted(evaluate(action.term, before));
    else if (action.kind === 'remove') delete after[action.name];
    else {
      const value = changed(action.kind, before[action.name], accepted(action.value));
      if (value === undefined) delete after[action.name];
      else after[action.name] = value;
    }
  }
  return after;
}

function evaluate(term: Term, item: Item): AttributeValue {
  switch (term.kind) {
    case 'value':
      return term.value;
    case 'path': {
      const value = valueAt(item, term.path);
      if (value === undefined) {
        throw invalid('The provided expression refers to an attribute that does not exist in the item');
      }
      return value;
    }
    case 'if_not_exists':
      return valueAt(item, term.path) ?? evaluate(term.otherwise, item);
    case 'list_append': {
      const [first, second] = [evaluate(term.first, item), evaluate(term.second, item)];
      if (first.L === undefined || second.L === undefined)
        throw wrongType(first.L === undefined ? first : second);
      return { L: [...first.L, ...second.L] };
    }
    case 'sum':
      return added(evaluate(term.left, item), evaluate(term.right, item), term.factor);
  }
}

function added(left: AttributeValue, right: AttributeValue, factor: 1n | -1n): AttributeValue {
  if (left.N === undefined || right.N === undefined) throw wrongType(left.N === undefined ? left : right);
  const result = addDecimals(decimal(left.N), decimal(right.N), factor);
  if (result === undefined) throw invalid('Attempting to store more than 38 significant digits in a Number');
  return { N: formatDecimal(result) };
}

/** Undefined where nothing is left of the attribute. */
function changed(
  kind: 'add' | 'delete',
  before: AttributeValue | undefined,
  by: AttributeValue,
): AttributeValue | undefined {
  if (kind === 'add' && by.N !== undefined) return added(before ?? { N: '0' }, by, 1n);
  if (before !== undefined && typeOf(before) !== typeOf(by)) throw wrongType(by);
  for (const type of ['SS', 'NS', 'BS'] as const) {
    const set = by[type];
    if (set === undefined) continue;
    const key = (member: string | Buffer) => (typeof member === 'string' ? member : member.toString('hex'));
    const members = new Map((before?.[type] ?? []).map((member) => [key(member), member]));
    for (const member of set) {
      if (kind === 'add') members.set(key(member), member);
      else members.delete(key(member));
    }
    return members.size === 0 ? undefined : { [type]: [...members.values()] };
  }
  throw wrongType(by);
}

function wrongType(value: AttributeValue): Error {
  return invalid(`An operand in the update expression has an incorrect data type (${typeOf(value)})`);
}
