import type { DoubleOptions, ServiceDouble } from '../framework/types.js';
import type { GlueContext, GlueLimits } from './context.js';
import { glueValidation } from './refusals.js';
import { registryOperations } from './registries.js';
import { schemaOperations } from './schemas.js';
import { RegistryState } from './state.js';
import { versionOperations } from './versions.js';

/** Databases, tables, partitions and crawlers. */
const dataCatalog: ReadonlySet<string> = new Set([
  ...['CreateDatabase', 'GetDatabase', 'GetDatabases', 'UpdateDatabase', 'DeleteDatabase'],
  ...['CreateTable', 'GetTable', 'GetTables', 'UpdateTable', 'DeleteTable', 'BatchDeleteTable'],
  ...['GetTableVersion', 'GetTableVersions', 'DeleteTableVersion'],
  ...['CreatePartition', 'GetPartition', 'GetPartitions', 'UpdatePartition', 'DeletePartition'],
  ...['BatchCreatePartition', 'BatchGetPartition', 'BatchUpdatePartition', 'BatchDeletePartition'],
  ...['CreateCrawler', 'GetCrawler', 'GetCrawlers', 'ListCrawlers', 'DeleteCrawler'],
  ...['StartCrawler', 'StopCrawler'],
]);

export interface GlueDoubleSettings {
  /**
   * Milliseconds for which a version whose compatibility is checked is PENDING; default 100, so that a client that
   * does not wait is found out. `POST /_double/glue/pending` with `{"ms": …}` changes it.
   */
  readonly pendingMs?: number;
  readonly limits?: Partial<GlueLimits>;
}

/**
 * AWS Glue Schema Registry: registries, schemas and versions, with evolution really checked for Avro. What AWS's
 * documentation leaves open is said where it was decided. Not there: tags after creation and metadata of versions. The
 * Data Catalog is moto's: one endpoint answers all of Glue, as in AWS.
 */
export function glueDouble(options: DoubleOptions, settings: GlueDoubleSettings = {}): ServiceDouble {
  const context: GlueContext = {
    state: new RegistryState(options.journals),
    arnPrefix: `arn:aws:glue:${options.region}:${options.accountId}`,
    limits: { registries: 100, schemaVersions: 10_000, ...settings.limits },
    pendingMs: settings.pendingMs ?? 100,
  };
  const { motoUrl } = options;
  return {
    service: 'glue',
    validation: glueValidation,
    ...(motoUrl !== undefined && { elsewhere: { url: motoUrl, operations: dataCatalog } }),
    operations: {
      ...registryOperations(context),
      ...schemaOperations(context),
      ...versionOperations(context),
    },
    admin: {
      pending: (body) => {
        const ms = (body as { ms?: unknown } | null)?.ms;
        if (typeof ms !== 'number' || !(ms >= 0)) throw new TypeError('ms must be a number of milliseconds');
        context.pendingMs = ms;
        return { ms };
      },
    },
  };
}
