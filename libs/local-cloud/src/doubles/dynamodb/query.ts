import { ModelledError, type Operation } from '../framework/types.js';
import type { DynamoDbContext } from './context.js';
import { holds, parseCondition, type Condition } from './expressions/condition.js';
import { Placeholders } from './expressions/parser.js';
import { projection } from './projection.js';
import type { Table } from './table.js';
import { acceptedItem, compare, invalid, sizeOfItem, type Item } from './values.js';
import { refuseLegacy } from './write.js';

interface ReadInput {
  readonly TableName: string;
  readonly IndexName?: string;
  readonly FilterExpression?: string;
  readonly ProjectionExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Item;
  readonly ExclusiveStartKey?: Item;
  readonly Limit?: number;
  readonly Select?: string;
}

interface QueryInput extends ReadInput {
  readonly KeyConditionExpression?: string;
  readonly ScanIndexForward?: boolean;
}

interface ScanInput extends ReadInput {
  readonly Segment?: number;
  readonly TotalSegments?: number;
}

/** @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html */
const PAGE_BYTES = 1024 * 1024;

/** Reads of many items. Every one is strongly consistent here. */
export function queryOperations({ state }: DynamoDbContext): Record<string, Operation> {
  return {
    Query: (input: QueryInput) => {
      const { table, placeholders } = begin(state.table(input.TableName), input);
      if (input.KeyConditionExpression === undefined) {
        throw invalid(
          'Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.',
        );
      }
      const condition = parseCondition(input.KeyConditionExpression, 'KeyConditionExpression', placeholders);
      const partitionKey = partitionOf(table, condition);
      const items = table.partition(partitionKey).filter((item) => holds(condition, item));
      const forward = input.ScanIndexForward !== false;
      if (!forward) items.reverse();
      const start = input.ExclusiveStartKey;
      return page(table, input, placeholders, after(table, items, start, forward));
    },
    Scan: (input: ScanInput) => {
      const { table, placeholders } = begin(state.table(input.TableName), input);
      if (input.TotalSegments !== undefined && input.TotalSegments !== 1) {
        throw new ModelledError('UnsupportedOperation', 'the double of dynamodb does not scan in segments');
      }
      const items = [...table.items()].sort((a, b) => (table.address(a) < table.address(b) ? -1 : 1));
      const start =
        input.ExclusiveStartKey === undefined ? undefined : startKey(table, input.ExclusiveStartKey);
      const rest =
        start === undefined ? items : items.filter((item) => table.address(item) > table.address(start));
      return page(table, input, placeholders, rest);
    },
  };
}

function begin(table: Table, input: ReadInput): { table: Table; placeholders: Placeholders } {
  refuseLegacy(input);
  if (input.IndexName !== undefined) {
    throw invalid(`The table does not have the specified index: ${input.IndexName}`);
  }
  const values = acceptedItem(input.ExpressionAttributeValues ?? {});
  return { table, placeholders: new Placeholders(input.ExpressionAttributeNames, values) };
}

/** The partition that a key condition names; it may also bound the sort key, and nothing else. */
function partitionOf(table: Table, condition: Condition): Item {
  const [first, second, ...more] = conjuncts(condition);
  const { partitionKey, sortKey } = table.definition;
  const parts = [first, second].filter((part) => part !== undefined);
  const partition = parts.find((part) => keyOf(part) === partitionKey.name);
  if (partition?.kind !== 'compare' || partition.comparator !== '=' || partition.right.kind !== 'value') {
    throw invalid(`Query condition missed key schema element: ${partitionKey.name}`);
  }
  const other = parts.find((part) => part !== partition);
  const bounds = other === undefined || (sortKey !== undefined && keyOf(other) === sortKey.name);
  const allowed =
    other === undefined ||
    other.kind === 'between' ||
    other.kind === 'begins' ||
    (other.kind === 'compare' && other.comparator !== '<>');
  if (more.length > 0 || !bounds || !allowed) throw invalid('Query key condition not supported');
  return { [partitionKey.name]: partition.right.value };
}

function conjuncts(condition: Condition): Condition[] {
  return condition.kind === 'and'
    ? [...conjuncts(condition.left), ...conjuncts(condition.right)]
    : [condition];
}

/** The attribute of the item itself that a condition is about. */
function keyOf(condition: Condition): string | undefined {
  const path =
    condition.kind === 'compare' && condition.left.kind === 'path'
      ? condition.left.path
      : condition.kind === 'between' && condition.operand.kind === 'path'
        ? condition.operand.path
        : condition.kind === 'begins'
          ? condition.path
          : undefined;
  return path?.length === 1 ? path[0] : undefined;
}

function after(
  table: Table,
  items: readonly Item[],
  start: Item | undefined,
  forward: boolean,
): readonly Item[] {
  if (start === undefined) return items;
  const key = startKey(table, start);
  const name = table.definition.sortKey?.name;
  if (name === undefined) return [];
  const order = (item: Item) => compare(item[name] ?? {}, key[name] ?? {}) ?? 0;
  return items.filter((item) => (forward ? order(item) > 0 : order(item) < 0));
}

function startKey(table: Table, given: Item): Item {
  return table.givenKey(acceptedItem(given));
}

/** Limit and size bound what is read; the filter comes after. */
function page(table: Table, input: ReadInput, placeholders: Placeholders, items: readonly Item[]): object {
  const filter =
    input.FilterExpression === undefined
      ? undefined
      : parseCondition(input.FilterExpression, 'FilterExpression', placeholders);
  const project =
    input.ProjectionExpression === undefined
      ? (item: Item) => item
      : projection(input.ProjectionExpression, placeholders);
  placeholders.ensureAllUsed();
  const read: Item[] = [];
  let bytes = 0;
  for (const item of items) {
    if (read.length === input.Limit || bytes >= PAGE_BYTES) break;
    read.push(item);
    bytes += sizeOfItem(item);
  }
  const found = filter === undefined ? read : read.filter((item) => holds(filter, item));
  const last = read.at(-1);
  // As the service does, also where the limit was met by the last item there is.
  const stopped = read.length < items.length || read.length === input.Limit;
  return {
    ...(input.Select === 'COUNT' ? {} : { Items: found.map(project) }),
    Count: found.length,
    ScannedCount: read.length,
    ...(stopped && last !== undefined ? { LastEvaluatedKey: table.keyOf(last) } : {}),
  };
}
