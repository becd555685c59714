import { PersonalizeClient } from '@aws-sdk/client-personalize';
import { S3Client } from '@aws-sdk/client-s3';
import { glueSchemaRegistry } from '@mesh/serde/glue';
import { Argument, Option, type Command } from 'commander';
import { importDataset, importKinds, type ImportKind } from '../bulk/import.js';
import { Progress } from '../progress.js';
import { account } from '../provision/aws.js';
import { buckets } from '../provision/storage.js';
import { runDir } from '../supervisor/paths.js';
import { readState } from '../supervisor/state.js';
import { withKafka } from './kafka.js';

interface Flags {
  readonly mode: 'full' | 'incremental';
  readonly catalogued?: boolean;
}

/** `mesh import`: what the topics hold, into a Personalize dataset, by its bulk path. */
export function register(program: Command): void {
  program
    .command('import')
    .description('import users, items or interactions from their topics into Personalize, in bulk')
    .addArgument(new Argument('<what>').choices(importKinds))
    .addOption(
      new Option('--mode <mode>', 'replace what was imported before, or add to it')
        .choices(['full', 'incremental'])
        .default('full'),
    )
    .option('--catalogued', 'of interactions, only those with items of the catalogue')
    .action(async (kind: ImportKind, flags: Flags) => {
      useRunningMesh();
      const progress = new Progress(process.stderr);
      const personalize = new PersonalizeClient();
      const s3 = new S3Client({ forcePathStyle: process.env['AWS_ENDPOINT_URL_S3'] !== undefined });
      try {
        const rows = await withKafka('mesh-import', (kafka) =>
          importDataset({
            kind,
            kafka,
            registry: glueSchemaRegistry({ registryName: setting('GLUE_REGISTRY_NAME', 'music-mesh') }),
            personalize,
            s3,
            bucket: setting('PERSONALIZE_IMPORT_BUCKET', buckets.personalizeImport),
            datasetArn: setting(`PERSONALIZE_${kind.toUpperCase()}_DATASET_ARN`),
            roleArn: setting(
              'PERSONALIZE_IMPORT_ROLE_ARN',
              `arn:aws:iam::${account}:role/music-mesh-personalize`,
            ),
            mode: flags.mode === 'full' ? 'FULL' : 'INCREMENTAL',
            cataloguedOnly: flags.catalogued === true,
            onRows: (count) => progress.show(`${count} ${kind} read`),
            onUnreadable: (where, error) => progress.print(`${where} is left out: ${String(error)}`),
          }),
        );
        progress.print(rows === 0 ? `there are no ${kind} to import` : `${rows} ${kind} imported`);
      } finally {
        personalize.destroy();
        s3.destroy();
      }
    });
}

/** Where the environment names no Kafka, everything is that of the mesh that runs here. */
function useRunningMesh(): void {
  if (process.env['KAFKA_BROKERS'] !== undefined) return;
  const state = readState(runDir());
  if (state === undefined)
    throw new Error('no mesh is running: start one with ./mesh up, or set KAFKA_BROKERS');
  Object.assign(process.env, state.environment);
}

function setting(name: string, otherwise?: string): string {
  const value = process.env[name] ?? otherwise;
  if (value === undefined) throw new Error(`${name} is not set: the ARN of the dataset to import into`);
  return value;
}
