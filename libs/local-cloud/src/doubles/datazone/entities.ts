/** What every resource has. Times are milliseconds since the epoch. */
export interface Entity {
  readonly id: string;
  readonly domainId: string;
  readonly createdMs: number;
  readonly updatedMs: number;
}

export interface Domain extends Entity {
  readonly name: string;
  readonly arn: string;
  readonly rootDomainUnitId: string;
  readonly members: Readonly<Record<string, unknown>>;
}

export interface Project extends Entity {
  readonly name: string;
  readonly members: Readonly<Record<string, unknown>>;
}

/** The id is `<domain>/<blueprint>`: a domain has one configuration of a blueprint. */
export interface BlueprintConfiguration extends Entity {
  readonly blueprintId: string;
  readonly enabledRegions: readonly string[];
  readonly members: Readonly<Record<string, unknown>>;
}

export interface EnvironmentProfile extends Entity {
  readonly name: string;
  readonly projectId: string;
  readonly blueprintId: string;
  readonly accountId: string;
  readonly region: string;
  readonly members: Readonly<Record<string, unknown>>;
}

export interface Environment extends Entity {
  readonly name: string;
  readonly projectId: string;
  readonly profileId?: string;
  readonly blueprintId: string;
  readonly accountId: string;
  readonly region: string;
  readonly readyMs: number;
  /** Why it became CREATE_FAILED instead of ACTIVE. */
  readonly failure?: string;
  readonly members: Readonly<Record<string, unknown>>;
}

export interface Failure {
  readonly errorType: ErrorType;
  readonly errorDetail: string;
}

export const errorTypes = [
  'ACCESS_DENIED_EXCEPTION',
  'CONFLICT_EXCEPTION',
  'INTERNAL_SERVER_EXCEPTION',
  'RESOURCE_NOT_FOUND_EXCEPTION',
  'SERVICE_QUOTA_EXCEEDED_EXCEPTION',
  'THROTTLING_EXCEPTION',
  'VALIDATION_EXCEPTION',
] as const;
export type ErrorType = (typeof errorTypes)[number];

export interface FilterExpression {
  readonly type: 'INCLUDE' | 'EXCLUDE';
  readonly expression: string;
}

export interface GlueRunConfiguration {
  readonly dataAccessRole?: string;
  readonly relationalFilterConfigurations: readonly {
    readonly databaseName: string;
    readonly filterExpressions?: readonly FilterExpression[];
  }[];
  readonly autoImportDataQualityResult?: boolean;
  readonly catalogName?: string;
}

export interface DataSource extends Entity {
  readonly name: string;
  readonly projectId: string;
  readonly environmentId: string;
  readonly type: 'GLUE';
  readonly region: string;
  readonly readyMs: number;
  readonly failure?: Failure;
  readonly configuration: GlueRunConfiguration;
  readonly publishOnImport: boolean;
  readonly enableSetting: 'ENABLED' | 'DISABLED';
  readonly members: Readonly<Record<string, unknown>>;
}

export interface RunStatistics {
  readonly added: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly skipped: number;
  readonly failed: number;
}

export interface RunActivity {
  readonly database: string;
  readonly technicalName: string;
  readonly dataAssetStatus:
    'FAILED' | 'SUCCEEDED_CREATED' | 'SUCCEEDED_UPDATED' | 'SKIPPED_ALREADY_IMPORTED' | 'UNCHANGED';
  readonly dataAssetId?: string;
  readonly errorMessage?: Failure;
}

export interface DataSourceRun extends Entity {
  readonly dataSourceId: string;
  readonly projectId: string;
  readonly snapshot: string;
  readonly startMs: number;
  readonly outcome?: {
    readonly stoppedMs: number;
    readonly status: 'SUCCESS' | 'PARTIALLY_SUCCEEDED' | 'FAILED';
    readonly statistics: RunStatistics;
    readonly failure?: Failure;
    readonly activities: readonly RunActivity[];
  };
}

/** The id is `<domain>/<name>`. */
export interface FormType extends Entity {
  readonly name: string;
  readonly revision: string;
  readonly projectId: string;
  readonly smithy: string;
  readonly members: Readonly<Record<string, unknown>>;
}

export interface AssetTypeForm {
  readonly typeName: string;
  readonly typeRevision: string;
  readonly required?: boolean;
}

/** The id is `<domain>/<name>`. */
export interface AssetType extends Entity {
  readonly name: string;
  readonly revision: string;
  readonly projectId: string;
  readonly forms: Readonly<Record<string, AssetTypeForm>>;
  readonly members: Readonly<Record<string, unknown>>;
}

export interface Form {
  readonly formName: string;
  readonly typeName: string;
  readonly typeRevision: string;
  readonly content: string;
}

export interface AssetRevision {
  readonly revision: string;
  readonly name: string;
  readonly description?: string;
  readonly typeRevision: string;
  readonly forms: readonly Form[];
  readonly glossaryTerms?: readonly string[];
  readonly createdMs: number;
}

export interface Asset extends Entity {
  readonly typeName: string;
  readonly externalId?: string;
  readonly projectId: string;
  /** Whose runs keep it up to date. */
  readonly dataSourceId?: string;
  /** The oldest first; never empty. */
  readonly revisions: readonly AssetRevision[];
}

export interface Listing extends Entity {
  readonly assetId: string;
  readonly assetRevision: string;
  readonly revision: number;
  readonly projectId: string;
  readonly active: boolean;
}

export interface SubscriptionRequest extends Entity {
  readonly principal: Readonly<Record<string, unknown>>;
  readonly listingId: string;
  readonly reason: string;
  readonly status: 'PENDING' | 'ACCEPTED' | 'REJECTED';
  readonly decisionComment?: string;
  readonly metadataForms?: readonly Form[];
}

export interface Subscription extends Entity {
  readonly requestId: string;
  readonly principal: Readonly<Record<string, unknown>>;
  readonly listingId: string;
  readonly status: 'APPROVED' | 'REVOKED' | 'CANCELLED';
  readonly retainPermissions?: boolean;
}

export interface LineageEvent extends Entity {
  /** The event as it came, in base64. */
  readonly event: string;
  readonly eventMs: number;
  readonly summary: Readonly<Record<string, unknown>>;
}

export interface Entities {
  readonly domain: Domain;
  readonly project: Project;
  readonly 'environment blueprint configuration': BlueprintConfiguration;
  readonly 'environment profile': EnvironmentProfile;
  readonly environment: Environment;
  readonly 'data source': DataSource;
  readonly 'data source run': DataSourceRun;
  readonly 'form type': FormType;
  readonly 'asset type': AssetType;
  readonly asset: Asset;
  readonly listing: Listing;
  readonly 'subscription request': SubscriptionRequest;
  readonly subscription: Subscription;
  readonly 'lineage event': LineageEvent;
}

/** A resource's kind, as error messages call it. */
export type Kind = keyof Entities;

/** A resource to be saved, with its kind. */
export type Saved = { [K in Kind]: readonly [kind: K, entity: Entities[K]] }[Kind];
