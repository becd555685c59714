import { isCode } from '../errors.js';
import type { CrawlerSucceeded, DatabaseChanged } from '../events.js';
import type { Database, DataCatalog } from '../ports/data-catalog.js';
import type { DataLake } from '../ports/data-lake.js';
import type { Ingestion } from '../ports/datazone/ingestion.js';
import type { BlueprintRoles, Places } from '../ports/datazone/places.js';
import type { GovernanceRole } from '../ports/governance.js';
import type { Steps } from '../steps/steps.js';
import { clientToken } from '../tokens.js';
import { locationArns } from './locations.js';
import type { Outcome } from './outcome.js';
import { findPlace, type Place, type PlaceNames } from './place.js';
import { runIfChanged } from './run-if-changed.js';

export interface TableSyncParts {
  readonly role: GovernanceRole;
  readonly catalog: DataCatalog;
  readonly lake: DataLake;
  readonly places: Places;
  readonly ingestion: Ingestion;
}

export interface TableSyncNames extends PlaceNames {
  /** Of a managed blueprint: `DefaultDataLake`. */
  readonly blueprintName: string;
  readonly environmentName: string;
  readonly roles: BlueprintRoles;
  /** Whether assets are published when they are made. */
  readonly publish: boolean;
}

/**
 * Brings the tables of a database into the catalogue, as they are now: what the event says of them is not used, so
 * that events may come twice and in any order.
 */
export async function syncTables(
  steps: Steps,
  parts: TableSyncParts,
  names: TableSyncNames,
  change: CrawlerSucceeded | DatabaseChanged,
): Promise<Outcome> {
  const { catalog, lake, places, ingestion } = parts;
  const found = await steps.step('locate', () => locate(catalog, change));
  if (found === undefined) {
    return { kind: 'nothing', reason: 'the database does not exist, or no longer; assets of it stay' };
  }
  const { database, locations } = found;
  const place = await findPlace(steps, parts.role, places, names);
  const environment = await ensureEnvironment(steps, places, place, names);
  await steps.step('register-location', async () => {
    for (const arn of locations) await lake.registerLocation(arn);
  });
  const source = await steps.step('ensure-data-source', () =>
    ensureDataSource(steps, ingestion, place, environment, database.name, names.publish),
  );
  return steps.step('run', () =>
    runIfChanged(steps, ingestion, place.domain, source, catalog, database.name),
  );
}

async function locate(
  catalog: DataCatalog,
  change: CrawlerSucceeded | DatabaseChanged,
): Promise<{ database: Database; locations: readonly string[] } | undefined> {
  const crawler = change.kind === 'crawler-succeeded' ? await catalog.crawler(change.crawler) : undefined;
  const name = change.kind === 'database-changed' ? change.database : crawler?.database;
  // A crawler need not write to a database.
  const database = name === undefined ? undefined : await catalog.database(name);
  if (database === undefined) return undefined;
  const own =
    database.location === undefined ? database.tables.map((table) => table.location) : [database.location];
  return { database, locations: locationArns([...(crawler?.locations ?? []), ...own]) };
}

async function ensureEnvironment(
  steps: Steps,
  places: Places,
  { domain, project }: Place,
  { blueprintName, environmentName: name, roles }: TableSyncNames,
): Promise<string> {
  const blueprint = await steps.step('find-blueprint', () => places.findBlueprint(domain, blueprintName));
  await steps.step('enable-blueprint', () => places.enableBlueprint(domain, blueprint, roles));
  return steps.step('ensure-environment', async () => {
    const find = () => places.findEnvironment(domain, project, name);
    if ((await find()) === undefined) {
      const profile = await places.ensureEnvironmentProfile(domain, { name, project, blueprint });
      await places.createEnvironment(domain, { name, project, profile });
    }
    return steps.ready(`the environment "${name}"`, find);
  });
}

async function ensureDataSource(
  steps: Steps,
  ingestion: Ingestion,
  { domain, project }: Place,
  environment: string,
  database: string,
  publish: boolean,
): Promise<string> {
  const name = `glue-${database}`;
  const find = () => ingestion.findDataSource(domain, project, name);
  if ((await find()) === undefined) {
    const token = clientToken('data-source', domain, project, environment, name);
    try {
      await ingestion.createDataSource(domain, { name, project, environment, database, publish }, token);
    } catch (error) {
      // Someone else was faster; `find` sees what they made.
      if (!isCode(error, 'MESH_CATALOG_CONFLICT')) throw error;
    }
  }
  return steps.ready(`the data source "${name}"`, find);
}
