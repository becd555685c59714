import { holds, parseCondition, type Condition } from './expressions/condition.js';
import { Placeholders } from './expressions/parser.js';
import { parseUpdate, updated, type Update } from './expressions/update.js';
import type { Change, DynamoDbState } from './state.js';
import type { Table } from './table.js';
import { accepted, acceptedItem, invalid, type Item } from './values.js';

/** A Put, Update, Delete or ConditionCheck as the API has it, alone or in a transaction. */
export interface WriteInput {
  readonly TableName: string;
  readonly Item?: Item;
  readonly Key?: Item;
  readonly UpdateExpression?: string;
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Item;
  readonly ReturnValues?: string;
  readonly ReturnValuesOnConditionCheckFailure?: 'ALL_OLD' | 'NONE';
}

export type WriteKind = 'Put' | 'Update' | 'Delete' | 'ConditionCheck';

/** A write that was understood and not yet made. */
export interface PreparedWrite {
  readonly table: Table;
  readonly key: Item;
  /** Whether its condition holds of the item as it is now. */
  readonly allowed: () => boolean;
  readonly current: () => Item | undefined;
  /** Undefined for a check. */
  readonly change: () => Change | undefined;
  readonly input: WriteInput;
}

const LEGACY = [
  'Expected',
  'ConditionalOperator',
  'AttributeUpdates',
  'KeyConditions',
  'QueryFilter',
  'ScanFilter',
];

/** The forms before expressions, which AWS advises against. @throws ModelledError ValidationException */
export function refuseLegacy(input: object): void {
  const found = LEGACY.find((name) => Object.hasOwn(input, name));
  if (found !== undefined) throw invalid(`the double of dynamodb takes expressions, not ${found}`);
}

/** @throws ModelledError ValidationException, ResourceNotFoundException */
export function prepareWrite(state: DynamoDbState, kind: WriteKind, input: WriteInput): PreparedWrite {
  refuseLegacy(input);
  const table = state.table(input.TableName);
  const placeholders = new Placeholders(input.ExpressionAttributeNames, acceptedValues(input));
  const update =
    kind === 'Update' && input.UpdateExpression !== undefined
      ? parseUpdate(input.UpdateExpression, placeholders)
      : undefined;
  const condition: Condition | undefined =
    input.ConditionExpression === undefined
      ? undefined
      : parseCondition(input.ConditionExpression, 'ConditionExpression', placeholders);
  placeholders.ensureAllUsed();
  const item = kind === 'Put' ? acceptedItem(input.Item ?? {}) : undefined;
  const key = item === undefined ? table.givenKey(acceptedItem(input.Key ?? {})) : table.keyOf(item);
  if (item !== undefined) table.ensureFits(item);
  if (update !== undefined) ensureKeyIsKept(table, update);
  const current = () => table.get(key);
  return {
    table,
    key,
    input,
    current,
    allowed: () => condition === undefined || holds(condition, current()),
    change: () => {
      if (kind === 'ConditionCheck') return undefined;
      if (kind === 'Delete') return { table, delete: key };
      if (item !== undefined) return { table, put: item };
      const before = current() ?? key;
      const put = update === undefined ? before : updated(update, before);
      table.ensureFits(put);
      return { table, put };
    },
  };
}

function acceptedValues({ ExpressionAttributeValues: values = {} }: WriteInput): Item {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, accepted(value)]));
}

function ensureKeyIsKept(table: Table, { actions }: Update): void {
  const changed = actions.find(({ name }) => table.keyNames.includes(name));
  if (changed === undefined) return;
  throw invalid(
    `One or more parameter values were invalid: Cannot update attribute ${changed.name}. This attribute is part of the key`,
  );
}
