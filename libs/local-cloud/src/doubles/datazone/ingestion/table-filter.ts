import type { FilterExpression } from '../entities.js';

/**
 * Whether a data source takes a table: it matches an INCLUDE expression, or there is none, and no EXCLUDE expression.
 * `*` stands for any text
 * (https://docs.aws.amazon.com/datazone/latest/userguide/create-glue-data-source.html).
 */
export function takesTable(expressions: readonly FilterExpression[] | undefined, table: string): boolean {
  const matching = (type: FilterExpression['type']) =>
    (expressions ?? [])
      .filter((one) => one.type === type)
      .map(({ expression }) => matches(expression, table));
  const included = matching('INCLUDE');
  return (included.length === 0 || included.includes(true)) && !matching('EXCLUDE').includes(true);
}

function matches(expression: string, table: string): boolean {
  const source = expression
    .split('*')
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*');
  return new RegExp(`^${source}$`, 's').test(table);
}
