import type { RegistryState } from './state.js';

/** What the operations share. */
export interface GlueContext {
  readonly state: RegistryState;
  /** `arn:aws:glue:<region>:<account>` */
  readonly arnPrefix: string;
  readonly limits: GlueLimits;
  /** Milliseconds for which a version that must be checked is PENDING. */
  pendingMs: number;
}

/**
 * Quotas of an account in a region
 * (https://docs.aws.amazon.com/glue/latest/dg/schema-registry.html#schema-registry-quotas).
 */
export interface GlueLimits {
  readonly registries: number;
  /** Over all schemas. */
  readonly schemaVersions: number;
}
