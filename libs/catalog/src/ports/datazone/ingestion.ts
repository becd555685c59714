import type { Progress } from './progress.js';

export interface DataSourceSpec {
  readonly name: string;
  readonly project: string;
  readonly environment: string;
  /** Of the Glue Data Catalog; all its tables. */
  readonly database: string;
  /** Whether the assets it makes are published. */
  readonly publish: boolean;
}

export interface Run {
  readonly id: string;
  readonly state: 'working' | 'succeeded' | 'partial' | 'failed';
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** Why it failed. */
  readonly reason?: string;
  /** Whether another run may succeed where it failed. */
  readonly transient?: boolean;
}

/**
 * How tables become assets: data sources and their runs.
 *
 * All methods throw `CatalogError`s.
 */
export interface Ingestion {
  findDataSource(domain: string, project: string, name: string): Promise<Progress | undefined>;
  /** @throws CatalogError `MESH_CATALOG_CONFLICT` where the name is taken */
  createDataSource(domain: string, source: DataSourceSpec, token: string): Promise<void>;
  /** The newest first. */
  runs(domain: string, source: string): Promise<readonly Run[]>;
  /** @throws CatalogError `MESH_CATALOG_CONFLICT` where a run is under way */
  startRun(domain: string, source: string, token: string): Promise<Run>;
  run(domain: string, id: string): Promise<Run>;
  /** The tables a run made no assets of, each with the reason. */
  failedTables(domain: string, run: string): Promise<readonly string[]>;
}
