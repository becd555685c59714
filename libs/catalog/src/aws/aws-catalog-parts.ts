import { DataZoneClient } from '@aws-sdk/client-datazone';
import { GlueClient } from '@aws-sdk/client-glue';
import { LakeFormationClient } from '@aws-sdk/client-lakeformation';
import type { CatalogParts } from '../catalog.js';
import type { TopicOfSchema } from '../ports/topics.js';
import { clientSettings, type AwsOptions } from './calls.js';
import { DataZoneAssets } from './datazone/assets.js';
import { DataZoneIngestion } from './datazone/ingestion.js';
import { DataZonePlaces } from './datazone/places.js';
import { GlueDataCatalog } from './glue-data-catalog.js';
import { GlueSchemas } from './glue-schema-registry.js';
import { StsGovernanceRole } from './governance-role.js';
import { LakeFormation } from './lake-formation.js';

export interface AwsCatalogOptions extends AwsOptions {
  /** Under which DataZone and Lake Formation are changed. Glue is read under the caller's own identity. */
  readonly governanceRoleArn: string;
  /** Whose rights Lake Formation uses for the locations it governs. */
  readonly locationRoleArn: string;
  /** Of the environments; by default the governance role's. */
  readonly accountId?: string;
  readonly topicOf: TopicOfSchema;
}

/** The catalogue's parts on AWS; endpoints are the SDK's own (`AWS_ENDPOINT_URL_DATAZONE`, …). */
export function awsCatalogParts(options: AwsCatalogOptions): CatalogParts & { close(): void } {
  const { governanceRoleArn, locationRoleArn, topicOf } = options;
  const role = new StsGovernanceRole(governanceRoleArn, options);
  const governed = { ...clientSettings(options), credentials: role.credentials };
  const glue = new GlueClient(clientSettings(options));
  const datazone = new DataZoneClient(governed);
  const lakeFormation = new LakeFormationClient(governed);
  const accountId = options.accountId ?? governanceRoleArn.split(':')[4] ?? '';
  return {
    role,
    topicOf,
    catalog: new GlueDataCatalog(glue),
    schemas: new GlueSchemas(glue),
    lake: new LakeFormation(lakeFormation, locationRoleArn),
    places: new DataZonePlaces(datazone, accountId),
    ingestion: new DataZoneIngestion(datazone),
    assets: new DataZoneAssets(datazone),
    close: () => {
      for (const client of [glue, datazone, lakeFormation]) client.destroy();
      role.close();
    },
  };
}
