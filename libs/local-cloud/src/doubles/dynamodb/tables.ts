import { randomUUID } from 'node:crypto';
import { ModelledError, type Call, type Operation } from '../framework/types.js';
import type { DynamoDbContext } from './context.js';
import type { KeyAttribute, KeyType, Table, TableDefinition } from './table.js';
import { invalid } from './values.js';

interface CreateTableInput {
  readonly TableName: string;
  readonly AttributeDefinitions?: readonly {
    readonly AttributeName: string;
    readonly AttributeType: KeyType;
  }[];
  readonly KeySchema?: readonly { readonly AttributeName: string; readonly KeyType: 'HASH' | 'RANGE' }[];
  readonly BillingMode?: 'PAY_PER_REQUEST' | 'PROVISIONED';
  readonly ProvisionedThroughput?: {
    readonly ReadCapacityUnits: number;
    readonly WriteCapacityUnits: number;
  };
  readonly GlobalSecondaryIndexes?: readonly unknown[];
  readonly LocalSecondaryIndexes?: readonly unknown[];
  readonly StreamSpecification?: unknown;
}

interface TimeToLiveInput {
  readonly TableName: string;
  readonly TimeToLiveSpecification: { readonly Enabled: boolean; readonly AttributeName: string };
}

type ByName = { readonly TableName: string };

/** Tables: no indexes and no streams. */
export function tableOperations({
  state,
  arnPrefix,
  createMs,
  now,
}: DynamoDbContext): Record<string, Operation> {
  const describe = (table: Table) => {
    const { definition } = table;
    const { partitionKey, sortKey, billingMode, readUnits, writeUnits } = definition;
    const keys = sortKey === undefined ? [partitionKey] : [partitionKey, sortKey];
    return {
      TableName: definition.name,
      TableId: definition.id,
      TableArn: definition.arn,
      TableStatus: now() < definition.createdAt + createMs() ? 'CREATING' : 'ACTIVE',
      CreationDateTime: new Date(definition.createdAt),
      AttributeDefinitions: keys.map(({ name, type }) => ({ AttributeName: name, AttributeType: type })),
      KeySchema: keys.map(({ name }, index) => ({
        AttributeName: name,
        KeyType: index === 0 ? 'HASH' : 'RANGE',
      })),
      BillingModeSummary: { BillingMode: billingMode },
      ProvisionedThroughput: { ReadCapacityUnits: readUnits, WriteCapacityUnits: writeUnits },
      ItemCount: table.count,
      TableSizeBytes: 0,
    };
  };
  return {
    CreateTable: (input: CreateTableInput, call: Call) => {
      if (state.tables.has(input.TableName)) {
        throw new ModelledError('ResourceInUseException', `Table already exists: ${input.TableName}`);
      }
      return { TableDescription: describe(state.create(defined(input, call, arnPrefix))) };
    },
    DescribeTable: ({ TableName }: ByName) => ({ Table: describe(state.table(TableName)) }),
    DeleteTable: ({ TableName }: ByName) => {
      const TableDescription = { ...describe(state.table(TableName)), TableStatus: 'DELETING' };
      state.drop(TableName);
      return { TableDescription };
    },
    UpdateTimeToLive: ({ TableName, TimeToLiveSpecification: specification }: TimeToLiveInput) => {
      const { definition } = state.table(TableName);
      const wanted = specification.Enabled ? specification.AttributeName : null;
      if ((state.expiryOf(definition.name) ?? null) === wanted) {
        throw invalid(`TimeToLive is already ${specification.Enabled ? 'enabled' : 'disabled'}`);
      }
      state.expire(definition.name, wanted);
      return { TimeToLiveSpecification: specification };
    },
    DescribeTimeToLive: ({ TableName }: ByName) => {
      const by = state.expiryOf(state.table(TableName).definition.name);
      const TimeToLiveDescription =
        by === undefined
          ? { TimeToLiveStatus: 'DISABLED' }
          : { TimeToLiveStatus: 'ENABLED', AttributeName: by };
      return { TimeToLiveDescription };
    },
    ListTables: (input: { readonly ExclusiveStartTableName?: string; readonly Limit?: number }) => {
      const after = input.ExclusiveStartTableName ?? '';
      const names = [...state.tables.keys()].filter((name) => name > after).sort();
      const TableNames = names.slice(0, input.Limit ?? 100);
      return TableNames.length < names.length
        ? { TableNames, LastEvaluatedTableName: TableNames.at(-1) }
        : { TableNames };
    },
  };
}

function defined(input: CreateTableInput, call: Call, arnPrefix: string): TableDefinition {
  const { TableName: name, BillingMode: billingMode = 'PROVISIONED', ProvisionedThroughput: units } = input;
  // The service model allows an ARN here, and so almost anything.
  if (!/^[\w.-]{3,255}$/.test(name)) {
    throw invalid(
      "TableName must be at least 3 characters long and at most 255 characters long, and may contain only the characters a-z, A-Z, 0-9, '_', '-', and '.'",
    );
  }
  for (const feature of ['GlobalSecondaryIndexes', 'LocalSecondaryIndexes', 'StreamSpecification'] as const) {
    if (input[feature] !== undefined) {
      throw new ModelledError('UnsupportedOperation', `the double of dynamodb has no ${feature}`);
    }
  }
  if (billingMode === 'PROVISIONED' && units === undefined) {
    throw invalid(
      'One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED',
    );
  }
  if (billingMode === 'PAY_PER_REQUEST' && units !== undefined) {
    throw invalid(
      'One or more parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST',
    );
  }
  const keys = keyAttributes(input);
  const [partitionKey, sortKey] = keys;
  if (partitionKey === undefined)
    throw invalid('Invalid KeySchema: The first KeySchemaElement is not a HASH key type');
  return {
    name,
    id: randomUUID(),
    arn: `${arnPrefix}:table/${name}`,
    createdAt: call.now(),
    partitionKey,
    ...(sortKey === undefined ? {} : { sortKey }),
    billingMode,
    readUnits: units?.ReadCapacityUnits ?? 0,
    writeUnits: units?.WriteCapacityUnits ?? 0,
  };
}

function keyAttributes({ KeySchema = [], AttributeDefinitions = [] }: CreateTableInput): KeyAttribute[] {
  const types = KeySchema.map(({ KeyType }) => KeyType).join();
  if (types !== 'HASH' && types !== 'HASH,RANGE') {
    throw invalid(
      'Invalid KeySchema: The first KeySchemaElement is not a HASH key type, or the second no RANGE key type',
    );
  }
  const keys = KeySchema.map(({ AttributeName: name }) => {
    const definition = AttributeDefinitions.find(({ AttributeName }) => AttributeName === name);
    if (definition === undefined) {
      throw invalid(
        `One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions. Keys: [${name}]`,
      );
    }
    return { name, type: definition.AttributeType };
  });
  if (AttributeDefinitions.length !== keys.length) {
    throw invalid(
      'One or more parameter values were invalid: Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions',
    );
  }
  return keys;
}
