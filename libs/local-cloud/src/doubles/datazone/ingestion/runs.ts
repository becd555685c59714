import { setTimeout as sleep } from 'node:timers/promises';
import { listingOf, publish } from '../assets/listings.js';
import type {
  Asset,
  DataSource,
  DataSourceRun,
  Failure,
  RunActivity,
  RunStatistics,
  Saved,
} from '../entities.js';
import { takeFailure, type Plane } from '../plane.js';
import { newId } from '../state.js';
import { glueTableAssetType } from '../assets/built-in-types.js';
import { GlueCatalogError, glueTables, type GlueTable } from './glue-catalog.js';
import { tableAsset, type TableAsset } from './table-asset.js';
import { takesTable } from './table-filter.js';

/**
 * Carries out runs: reads the tables that the data source takes from the Glue Data Catalog, and makes an asset of each
 * or a new revision where the table has changed. What a run does is done at once at its end, so a run that a killed
 * process left unfinished is begun again.
 *
 * A database that does not exist, or that cannot be read, fails the run where it is the only one; a table that does
 * not fit into an asset fails alone. A table that another data source of the project imported is skipped. The assets
 * of tables that are gone stay.
 */
export class Runs {
  readonly #plane: Plane;
  readonly #stop = new AbortController();
  readonly #running = new Set<Promise<void>>();

  constructor(plane: Plane) {
    this.#plane = plane;
    for (const run of plane.state.list('data source run')) if (run.outcome === undefined) this.start(run);
  }

  start(run: DataSourceRun): void {
    const running = this.#carryOut(run).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
  }

  async #carryOut(run: DataSourceRun): Promise<void> {
    const { state, options } = this.#plane;
    try {
      await sleep(Math.max(0, run.startMs - options.now()), undefined, { signal: this.#stop.signal });
    } catch (error) {
      // Closed: the next start begins it again.
      if (this.#stop.signal.aborted) return;
      throw error;
    }
    const source = state.find('data source', run.domainId, run.dataSourceId);
    const asked = takeFailure(this.#plane, 'run');
    const read =
      source === undefined || asked !== undefined
        ? { tables: [], failures: [asked ?? gone(run.dataSourceId)], databases: 1 }
        : await this.#tables(source);
    if (this.#stop.signal.aborted) return;
    // From here on nothing is awaited: the state and the journal change in one go.
    const saved: Saved[] = [];
    const activities: RunActivity[] = [];
    if (source !== undefined) {
      for (const table of read.tables) activities.push(this.#import(source, table, saved));
    }
    const stoppedMs = options.now();
    const failed = read.failures.length > 0;
    const statistics = count(activities);
    const outcome = {
      stoppedMs,
      status: statusOf(failed && read.failures.length === read.databases, failed, statistics),
      statistics,
      ...(failed && { failure: read.failures[0] as Failure }),
      activities,
    };
    state.change({ saved: [...saved, ['data source run', { ...run, updatedMs: stoppedMs, outcome }]] });
  }

  async #tables(source: DataSource) {
    const tables: GlueTable[] = [];
    const failures: Failure[] = [];
    const databases = source.configuration.relationalFilterConfigurations;
    for (const { databaseName, filterExpressions } of databases) {
      try {
        const found = await glueTables(this.#plane.options.motoUrl, source.region, databaseName);
        tables.push(...found.filter(({ Name }) => takesTable(filterExpressions, Name)));
      } catch (error) {
        const errorType =
          error instanceof GlueCatalogError ? error.errorType : ('INTERNAL_SERVER_EXCEPTION' as const);
        failures.push({ errorType, errorDetail: error instanceof Error ? error.message : String(error) });
      }
    }
    return { tables, failures, databases: databases.length };
  }

  #import(source: DataSource, table: GlueTable, saved: Saved[]): RunActivity {
    const place = { database: table.DatabaseName, technicalName: table.Name };
    let made: TableAsset;
    try {
      made = tableAsset(this.#plane.options, source, table);
    } catch (error) {
      const errorDetail = error instanceof Error ? error.message : String(error);
      const errorMessage = { errorType: 'VALIDATION_EXCEPTION', errorDetail } as const;
      return { ...place, dataAssetStatus: 'FAILED', errorMessage };
    }
    const { state } = this.#plane;
    const known = state
      .list('asset', source.domainId)
      .find(({ externalId, projectId }) => externalId === made.externalId && projectId === source.projectId);
    if (known?.dataSourceId !== undefined && this.#belongsToAnother(source, known.dataSourceId))
      return { ...place, dataAssetStatus: 'SKIPPED_ALREADY_IMPORTED', dataAssetId: known.id };
    const latest = known?.revisions.at(-1);
    if (known !== undefined && latest !== undefined && isSame(latest, made)) {
      return { ...place, dataAssetStatus: 'UNCHANGED', dataAssetId: known.id };
    }
    const asset = this.#revised(source, known, made);
    saved.push(['asset', asset]);
    if (source.publishOnImport) {
      saved.push(['listing', publish(asset, undefined, listingOf(this.#plane, asset), asset.updatedMs)]);
    }
    return {
      ...place,
      dataAssetStatus: known === undefined ? 'SUCCEEDED_CREATED' : 'SUCCEEDED_UPDATED',
      dataAssetId: asset.id,
    };
  }

  #belongsToAnother(source: DataSource, other: string): boolean {
    return other !== source.id && this.#plane.state.find('data source', source.domainId, other) !== undefined;
  }

  #revised(source: DataSource, known: Asset | undefined, made: TableAsset): Asset {
    const now = this.#plane.options.now();
    const revisions = known?.revisions ?? [];
    const { name, description, forms, externalId } = made;
    const revision = {
      revision: String(revisions.length + 1),
      name,
      ...(description !== undefined && { description }),
      typeRevision: glueTableAssetType.revision,
      // What people added to the asset stays.
      forms: [...forms, ...(revisions.at(-1)?.forms ?? []).filter((form) => !holds(forms, form.formName))],
      createdMs: now,
    };
    return {
      id: known?.id ?? newId(),
      domainId: source.domainId,
      projectId: source.projectId,
      typeName: glueTableAssetType.name,
      externalId,
      dataSourceId: source.id,
      createdMs: known?.createdMs ?? now,
      updatedMs: now,
      revisions: [...revisions, revision],
    };
  }
}

const holds = (forms: TableAsset['forms'], name: string) => forms.some(({ formName }) => formName === name);

const isSame = (latest: Asset['revisions'][number], made: TableAsset): boolean =>
  latest.name === made.name &&
  latest.description === made.description &&
  made.forms.every(({ formName, content }) =>
    latest.forms.some((form) => form.formName === formName && form.content === content),
  );

const gone = (id: string): Failure => ({
  errorType: 'RESOURCE_NOT_FOUND_EXCEPTION',
  errorDetail: `the data source ${id} was deleted`,
});

function count(activities: readonly RunActivity[]): RunStatistics {
  const of = (status: RunActivity['dataAssetStatus']) =>
    activities.filter(({ dataAssetStatus }) => dataAssetStatus === status).length;
  return {
    added: of('SUCCEEDED_CREATED'),
    updated: of('SUCCEEDED_UPDATED'),
    unchanged: of('UNCHANGED'),
    skipped: of('SKIPPED_ALREADY_IMPORTED'),
    failed: of('FAILED'),
  };
}

function statusOf(
  nothingRead: boolean,
  somethingUnread: boolean,
  { added, updated, unchanged, skipped, failed }: RunStatistics,
): 'SUCCESS' | 'PARTIALLY_SUCCEEDED' | 'FAILED' {
  const done = added + updated + unchanged + skipped;
  if (nothingRead || (failed > 0 && done === 0)) return 'FAILED';
  return somethingUnread || failed > 0 ? 'PARTIALLY_SUCCEEDED' : 'SUCCESS';
}
