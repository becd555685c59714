import { ModelledError } from '../framework/types.js';
import { Parser, Placeholders } from './expressions/parser.js';
import type { AttributeValue, Item } from './values.js';

interface ProjectionInput {
  readonly ProjectionExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
}

/** What a `ProjectionExpression` leaves of an item; whole attributes only. */
export function projection(expression: string, placeholders: Placeholders): (item: Item) => Item {
  const parser = new Parser(expression, 'ProjectionExpression', placeholders);
  const names: string[] = [];
  do {
    const [name, ...inner] = parser.path();
    if (inner.length > 0) {
      throw new ModelledError(
        'UnsupportedOperation',
        'the double of dynamodb projects whole attributes only',
      );
    }
    names.push(name);
  } while (parser.take(','));
  parser.end();
  return (item) => {
    const kept: Record<string, AttributeValue> = {};
    for (const name of names) {
      const value = item[name];
      if (value !== undefined) kept[name] = value;
    }
    return kept;
  };
}

/** For requests that have no other expression. */
export function projector(input: ProjectionInput): (item: Item) => Item {
  const placeholders = new Placeholders(input.ExpressionAttributeNames);
  const project =
    input.ProjectionExpression === undefined
      ? (item: Item) => item
      : projection(input.ProjectionExpression, placeholders);
  placeholders.ensureAllUsed();
  return project;
}
