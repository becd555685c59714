import type { DoubleOptions } from '../../framework/types.js';
import type { DataSource, Form } from '../entities.js';
import { glueTableForm, sourceReferenceForm } from '../assets/built-in-types.js';
import type { GlueTable } from './glue-catalog.js';

/** Characters a form's content may have, by the model. */
const maxContent = 300_000;

/** What an asset of a table is made of. */
export interface TableAsset {
  readonly name: string;
  readonly externalId: string;
  readonly description?: string;
  readonly forms: readonly Form[];
}

/** @throws Error where the table does not fit into an asset */
export function tableAsset(options: DoubleOptions, source: DataSource, table: GlueTable): TableAsset {
  const { DatabaseName: database, Name: name, StorageDescriptor: storage = {} } = table;
  const arn = `arn:aws:glue:${source.region}:${options.accountId}:table/${database}/${name}`;
  if (arn.length > 600) throw new Error(`the table's ARN has ${arn.length} characters, an asset takes 600`);
  const columns = [...(storage.Columns ?? []), ...(table.PartitionKeys ?? [])];
  const content = JSON.stringify({
    catalogId: options.accountId,
    databaseName: database,
    tableName: name,
    tableArn: arn,
    region: source.region,
    ...(table.Description !== undefined && { tableDescription: table.Description }),
    ...(storage.Location !== undefined && { sourceLocation: storage.Location }),
    ...(table.Parameters?.['classification'] !== undefined && {
      sourceClassification: table.Parameters['classification'],
    }),
    columns: columns.map((column) => ({ columnName: column.Name, dataType: column.Type ?? 'string' })),
  });
  if (content.length > maxContent) {
    throw new Error(`the table's form has ${content.length} characters, an asset takes ${maxContent}`);
  }
  const reference = JSON.stringify({
    dataSourceIdentifier: { id: source.id, type: 'GLUE' },
    filterableDataSourceId: source.id,
    dataSourceType: 'GLUE',
  });
  return {
    name,
    externalId: arn,
    ...(table.Description !== undefined && { description: table.Description.slice(0, 2048) }),
    forms: [
      { ...glueTableForm, content },
      { ...sourceReferenceForm, content: reference },
    ],
  };
}
