import {
  CreateDatasetImportJobCommand,
  DescribeDatasetImportJobCommand,
  type ImportMode,
  type PersonalizeClient,
} from '@aws-sdk/client-personalize';
import type { S3Client } from '@aws-sdk/client-s3';
import {
  INTERACTIONS_SCHEMA,
  ITEMS_SCHEMA,
  USERS_SCHEMA,
  type DatasetSchema,
  type Row,
} from '@mesh/personalize';
import { awaitActive } from '../provision/aws.js';
import { uploadCsv } from './csv-upload.js';
import { interactionRows, itemRows, userRows } from './rows.js';
import type { Sources } from './topic-values.js';

export const importKinds = ['users', 'items', 'interactions'] as const;
export type ImportKind = (typeof importKinds)[number];

export interface ImportOptions extends Sources {
  readonly kind: ImportKind;
  readonly personalize: PersonalizeClient;
  readonly s3: S3Client;
  readonly bucket: string;
  readonly datasetArn: string;
  /** By which Personalize reads the bucket. */
  readonly roleArn: string;
  /**
   * `FULL` replaces what earlier imports brought, `INCREMENTAL` adds to it. What was put record by record stays either
   * way. Default `FULL`.
   */
  readonly mode?: ImportMode;
  /** Of interactions: only those with items of the catalogue. Default false. */
  readonly cataloguedOnly?: boolean;
  /** Told how many rows were read so far. */
  readonly onRows?: (rows: number) => void;
}

/** How long an import may take; AWS needs minutes to hours. */
const IMPORT_TIMEOUT_MS = 4 * 3_600_000;

/**
 * Reads the topics to the end they have now, writes CSV files into a folder of the bucket and imports them into a
 * Personalize dataset: for a first load, and for a training from what the mesh holds.
 *
 * @returns how many rows were imported; 0 where there is nothing, and then no job is run
 * @throws where the job fails, with the service's reason
 */
export async function importDataset(options: ImportOptions): Promise<number> {
  const { kind } = options;
  switch (kind) {
    case 'users':
      return importRows(options, USERS_SCHEMA, userRows(options));
    case 'items':
      return importRows(options, ITEMS_SCHEMA, itemRows(options));
    case 'interactions':
      return importRows(
        options,
        INTERACTIONS_SCHEMA,
        interactionRows(options, options.cataloguedOnly ?? false),
      );
  }
}

async function importRows<S extends DatasetSchema>(
  options: ImportOptions,
  schema: S,
  rows: AsyncIterable<Row<S>>,
): Promise<number> {
  const { kind, personalize, s3, bucket, datasetArn, roleArn, mode = 'FULL', onRows } = options;
  const jobName = `${kind}-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`;
  const folder = `${kind}/${jobName}`;
  const count = await uploadCsv({
    s3,
    bucket,
    folder,
    schema,
    rows,
    ...(onRows === undefined ? {} : { onRows }),
  });
  if (count === 0) return 0;
  const dataSource = { dataLocation: `s3://${bucket}/${folder}/` };
  const { datasetImportJobArn } = await personalize.send(
    new CreateDatasetImportJobCommand({ jobName, datasetArn, dataSource, roleArn, importMode: mode }),
  );
  await awaitActive(
    `Personalize import ${jobName}`,
    async () => {
      const { datasetImportJob: job } = await personalize.send(
        new DescribeDatasetImportJobCommand({ datasetImportJobArn }),
      );
      return { status: job?.status, reason: job?.failureReason };
    },
    IMPORT_TIMEOUT_MS,
  );
  return count;
}
