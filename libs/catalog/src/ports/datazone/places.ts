import type { Progress } from './progress.js';

export interface BlueprintRoles {
  readonly manageAccessRoleArn: string;
  readonly provisioningRoleArn: string;
  /** `s3://bucket/prefix` where environments keep what they make. */
  readonly s3Location?: string;
}

/**
 * Where assets live: domain, project, environment. DataZone takes no client tokens for these: who meets an existing
 * name (409) takes what has it.
 *
 * All methods throw `CatalogError`s.
 */
export interface Places {
  /** @throws CatalogError `MESH_CATALOG_NOT_FOUND` */
  findDomain(name: string): Promise<string>;
  /** @throws CatalogError `MESH_CATALOG_NOT_FOUND` */
  findProject(domain: string, name: string): Promise<string>;
  /** @throws CatalogError `MESH_CATALOG_NOT_FOUND` */
  findBlueprint(domain: string, name: string): Promise<string>;
  /** Adds this region to those the blueprint is enabled in; what others have configured stays. */
  enableBlueprint(domain: string, blueprint: string, roles: BlueprintRoles): Promise<void>;
  ensureEnvironmentProfile(
    domain: string,
    profile: { readonly name: string; readonly project: string; readonly blueprint: string },
  ): Promise<string>;
  findEnvironment(domain: string, project: string, name: string): Promise<Progress | undefined>;
  /** Begins to make one; a name that is taken is no error. */
  createEnvironment(
    domain: string,
    environment: { readonly name: string; readonly project: string; readonly profile: string },
  ): Promise<void>;
}
