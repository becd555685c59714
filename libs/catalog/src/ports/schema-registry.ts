export interface SchemaVersion {
  /** Counts from 1. */
  readonly number: number;
  readonly id: string;
  readonly status: 'AVAILABLE' | 'PENDING' | 'FAILURE' | 'DELETING';
}

/** Versions of the schemas that topics are under. */
export interface SchemaRegistry {
  /** The oldest first; undefined where there is no such schema. */
  versions(registry: string, schema: string): Promise<readonly SchemaVersion[] | undefined>;
  definition(versionId: string): Promise<string>;
}
