import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ModelledError, type Operation } from '../framework/types.js';
import type { DynamoDbContext } from './context.js';
import { projector } from './projection.js';
import type { TakenToken } from './state.js';
import type { Table } from './table.js';
import { acceptedItem, invalid, itemToJson, sizeOfItem, type Item } from './values.js';
import { prepareWrite, type PreparedWrite, type WriteInput, type WriteKind } from './write.js';

type TransactItem = Readonly<Partial<Record<WriteKind, WriteInput>>>;

interface TransactWriteInput {
  readonly TransactItems: readonly TransactItem[];
  readonly ClientRequestToken?: string;
}

interface TransactGetInput {
  readonly TransactItems: readonly {
    readonly Get: {
      readonly TableName: string;
      readonly Key: Item;
      readonly ProjectionExpression?: string;
      readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
    };
  }[];
}

interface Reason {
  readonly Code: string;
  readonly Message?: string;
  readonly Item?: Item;
}

const MAX_BYTES = 4 * 1024 * 1024;
const NONE: Reason = { Code: 'None' };
const CONFLICT: Reason = { Code: 'TransactionConflict', Message: 'Transaction is ongoing for the item' };

/**
 * All or nothing: what a transaction is about is held while it is under way, and another that wants any of it is
 * cancelled.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
 */
export function transactionOperations(context: DynamoDbContext): Record<string, Operation> {
  const { state, locks, transactionMs, now } = context;

  return {
    TransactWriteItems: async (input: TransactWriteInput) => {
      const token = tokenOf(input, now());
      const earlier = token === undefined ? undefined : state.taken(token.token);
      if (token !== undefined && earlier !== undefined) return repeated(token, earlier);
      const writes = input.TransactItems.map((item) => prepared(context, item));
      ensureDistinct(writes);
      ensureSize(writes);
      const held = writes.map(({ table, key }) => locks.isHeld(table, key));
      if (held.includes(true)) throw cancelled(held.map((one) => (one ? CONFLICT : NONE)));
      for (const { table, key } of writes) locks.hold(table, key);
      try {
        const ms = transactionMs();
        if (ms > 0) await sleep(ms);
        const reasons = writes.map(refusal);
        if (reasons.some(({ Code }) => Code !== 'None')) throw cancelled(reasons);
        state.write(
          writes.map(({ change }) => change()).filter((change) => change !== undefined),
          token,
        );
      } finally {
        for (const { table, key } of writes) locks.release(table, key);
      }
      return {};
    },

    TransactGetItems: ({ TransactItems }: TransactGetInput) => {
      const gets = TransactItems.map(({ Get }) => {
        const table = state.table(Get.TableName);
        return { table, key: table.givenKey(acceptedItem(Get.Key)), project: projector(Get) };
      });
      ensureDistinct(gets);
      const held = gets.map(({ table, key }) => locks.isHeld(table, key));
      if (held.includes(true)) throw cancelled(held.map((one) => (one ? CONFLICT : NONE)));
      return {
        Responses: gets.map(({ table, key, project }) => {
          const item = table.get(key);
          return item === undefined ? {} : { Item: project(item) };
        }),
      };
    },
  };
}

function prepared({ state }: DynamoDbContext, item: TransactItem): PreparedWrite {
  const [only, ...more] = Object.entries(item);
  if (only === undefined || more.length > 0) {
    throw invalid('TransactItems can only contain one of Check, Put, Update or Delete');
  }
  return prepareWrite(state, only[0] as WriteKind, only[1]);
}

function refusal({ allowed, current, change, input }: PreparedWrite): Reason {
  if (!allowed()) {
    const item = input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' ? current() : undefined;
    const reason = { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed' };
    return item === undefined ? reason : { ...reason, Item: item };
  }
  try {
    change();
    return NONE;
  } catch (error) {
    if (error instanceof ModelledError && error.code === 'ValidationException') {
      return { Code: 'ValidationError', Message: error.message };
    }
    throw error;
  }
}

function cancelled(reasons: readonly Reason[]): ModelledError {
  const codes = reasons.map(({ Code }) => Code).join(', ');
  return new ModelledError(
    'TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    { CancellationReasons: reasons },
  );
}

function tokenOf(
  { ClientRequestToken: token, TransactItems }: TransactWriteInput,
  at: number,
): TakenToken | undefined {
  if (token === undefined) return undefined;
  const digest = createHash('sha256').update(JSON.stringify(TransactItems, plain)).digest('base64');
  return { token, digest, at };
}

/** Blobs are Buffers, whose own JSON is long. */
function plain(name: string, value: unknown): unknown {
  const holdsValues = name === 'Item' || name === 'Key' || name === 'ExpressionAttributeValues';
  return holdsValues ? itemToJson(value as Item) : value;
}

function repeated(token: TakenToken, earlier: TakenToken): object {
  if (token.digest === earlier.digest) return {};
  throw new ModelledError(
    'IdempotentParameterMismatchException',
    'The ClientRequestToken was used within the last 10 minutes for another request',
  );
}

function ensureDistinct(items: readonly { readonly table: Table; readonly key: Item }[]): void {
  const addresses = items.map(({ table, key }) => `${table.definition.name} ${table.address(key)}`);
  if (new Set(addresses).size !== addresses.length) {
    throw invalid('Transaction request cannot include multiple operations on one item');
  }
}

function ensureSize(writes: readonly PreparedWrite[]): void {
  const bytes = writes.reduce((sum, { input, key }) => sum + sizeOfItem(input.Item ?? key), 0);
  if (bytes > MAX_BYTES) throw invalid('Transaction request exceeds the maximum size of 4 MB');
}
