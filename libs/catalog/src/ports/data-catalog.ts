/** A crawler of the Glue Data Catalog. */
export interface Crawler {
  readonly database: string | undefined;
  /** Paths in S3 it crawls, as `s3://bucket/prefix/`. */
  readonly locations: readonly string[];
}

export interface Table {
  readonly name: string;
  /** As `s3://bucket/prefix/`; elsewhere than S3 for some. */
  readonly location: string | undefined;
  /** Counts the changes of its definition. */
  readonly version: string;
  /** Milliseconds since the epoch, to the second: when it was created. */
  readonly createdAt: number;
  /** Milliseconds since the epoch, to the second: when its definition last changed. */
  readonly changedAt: number;
}

export interface Database {
  readonly name: string;
  readonly location: string | undefined;
  /** By name. */
  readonly tables: readonly Table[];
}

/** The tables of the static plane. */
export interface DataCatalog {
  /** @throws CatalogError `MESH_CATALOG_NOT_FOUND` */
  crawler(name: string): Promise<Crawler>;
  /** With all its tables; undefined where there is none of that name. */
  database(name: string): Promise<Database | undefined>;
}
