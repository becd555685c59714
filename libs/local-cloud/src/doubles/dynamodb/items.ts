import { ModelledError, type Operation } from '../framework/types.js';
import type { DynamoDbContext } from './context.js';
import { projector } from './projection.js';
import { acceptedItem, invalid, type Item } from './values.js';
import { prepareWrite, refuseLegacy, type PreparedWrite, type WriteInput, type WriteKind } from './write.js';

interface GetInput {
  readonly TableName: string;
  readonly Key: Item;
  readonly ProjectionExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
}

interface BatchWriteInput {
  readonly RequestItems: Readonly<
    Record<
      string,
      readonly {
        readonly PutRequest?: { readonly Item: Item };
        readonly DeleteRequest?: { readonly Key: Item };
      }[]
    >
  >;
}

const MAX_BATCH = 25;

/** Single items, and batches of writes that have nothing to do with each other. */
export function itemOperations(context: DynamoDbContext): Record<string, Operation> {
  const { state, locks } = context;
  const write = (kind: WriteKind) => (input: WriteInput) => {
    const prepared = prepareWrite(state, kind, input);
    if (locks.isHeld(prepared.table, prepared.key)) {
      throw new ModelledError('TransactionConflictException', 'Transaction is ongoing for the item');
    }
    const before = prepared.current();
    if (!prepared.allowed()) throw conditionFailed(prepared, before);
    const change = prepared.change();
    if (change !== undefined) state.write([change]);
    return returned(input.ReturnValues, before, change?.put);
  };
  return {
    GetItem: (input: GetInput) => {
      refuseLegacy(input);
      const project = projector(input);
      const table = state.table(input.TableName);
      const item = table.get(table.givenKey(acceptedItem(input.Key)));
      return item === undefined ? {} : { Item: project(item) };
    },
    PutItem: write('Put'),
    UpdateItem: write('Update'),
    DeleteItem: write('Delete'),
    BatchWriteItem: ({ RequestItems }: BatchWriteInput) => {
      const requests = Object.entries(RequestItems).flatMap(([TableName, entries]) =>
        entries.map((request) => ({ TableName, request })),
      );
      if (requests.length > MAX_BATCH) throw invalid('Too many items requested for the BatchWriteItem call');
      const prepared = requests.map(({ TableName, request: { PutRequest, DeleteRequest } }) =>
        PutRequest === undefined
          ? prepareWrite(state, 'Delete', { TableName, Key: DeleteRequest?.Key ?? {} })
          : prepareWrite(state, 'Put', { TableName, Item: PutRequest.Item }),
      );
      const addresses = prepared.map(({ table, key }) => `${table.definition.name} ${table.address(key)}`);
      if (new Set(addresses).size !== addresses.length) {
        throw invalid('Provided list of item keys contains duplicates');
      }
      // Each for itself: those that a transaction holds are for the caller to send again.
      const held = prepared.map(({ table, key }) => locks.isHeld(table, key));
      for (const [index, one] of prepared.entries()) {
        const change = held[index] === true ? undefined : one.change();
        if (change !== undefined) state.write([change]);
      }
      const UnprocessedItems: Record<string, unknown[]> = {};
      requests.forEach(({ TableName, request }, index) => {
        if (held[index] === true) (UnprocessedItems[TableName] ??= []).push(request);
      });
      return Object.keys(UnprocessedItems).length === 0 ? {} : { UnprocessedItems };
    },
  };
}

function conditionFailed({ input }: PreparedWrite, before: Item | undefined): ModelledError {
  const wanted = input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' && before !== undefined;
  return new ModelledError(
    'ConditionalCheckFailedException',
    'The conditional request failed',
    wanted ? { Item: before } : {},
  );
}

function returned(wanted: string | undefined, before: Item | undefined, after: Item | undefined): object {
  if (wanted === 'ALL_OLD' && before !== undefined) return { Attributes: before };
  if (wanted === 'ALL_NEW' && after !== undefined) return { Attributes: after };
  if (wanted === 'UPDATED_OLD' || wanted === 'UPDATED_NEW') {
    throw new ModelledError('UnsupportedOperation', `the double of dynamodb has no ReturnValues ${wanted}`);
  }
  return {};
}
