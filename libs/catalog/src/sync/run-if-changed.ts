import { CatalogError, isCode } from '../errors.js';
import type { Database, DataCatalog, Table } from '../ports/data-catalog.js';
import type { Ingestion, Run } from '../ports/datazone/ingestion.js';
import type { Steps } from '../steps/steps.js';
import { clientToken } from '../tokens.js';
import type { Outcome } from './outcome.js';

/**
 * How much older than a run a table may be and still count as changed since: Glue tells times to the second, and its
 * clock is not DataZone's. A run that was not needed is not started anyway, because of its token.
 */
const toleranceMs = 60_000;

/**
 * Starts a run of a data source where a table is new or has changed since the last run that succeeded, and waits for
 * its end. One that is under way is waited for, then looked at again: it may have begun before the change.
 *
 * The token of a run is made of the tables' versions and of how many runs have failed: the same tables are run once,
 * whoever asks and however often, and again only after a failure.
 *
 * @throws CatalogError `MESH_CATALOG_FAILED`, or `MESH_CATALOG_UNAVAILABLE` where another run may succeed
 */
export async function runIfChanged(
  steps: Steps,
  ingestion: Ingestion,
  domain: string,
  source: string,
  catalog: DataCatalog,
  name: string,
): Promise<Outcome> {
  for (let conflicts = 0; ; conflicts++) {
    await steps.until(
      `a run of the data source ${source}`,
      () => ingestion.runs(domain, source),
      (runs) => !runs.some(({ state }) => state === 'working'),
    );
    const [runs, database] = [await ingestion.runs(domain, source), await catalog.database(name)];
    if (database === undefined) return { kind: 'nothing', reason: 'the database was deleted meanwhile' };
    const last = runs.find(({ state }) => state === 'succeeded');
    const changed = database.tables.filter(
      (table) => last === undefined || table.changedAt + toleranceMs >= last.createdAt,
    );
    if (changed.length === 0) return { kind: 'nothing', reason: 'no table is new or has changed' };
    const failures = runs.filter(({ state }) => state === 'failed' || state === 'partial').length;
    const token = clientToken('run', source, failures, fingerprint(database));
    try {
      const started = await ingestion.startRun(domain, source, token);
      return await outcomeOf(steps, ingestion, domain, started, changed);
    } catch (error) {
      // A run was started between the look and the call; or the data source is disabled, then it goes on.
      if (!isCode(error, 'MESH_CATALOG_CONFLICT') || conflicts === 3) throw error;
    }
  }
}

/** The tables' versions; with their creation, so that a table that was dropped and made anew is another. */
const fingerprint = ({ tables }: Database): string =>
  JSON.stringify(tables.map(({ name, version, createdAt }) => [name, version, createdAt]));

async function outcomeOf(
  steps: Steps,
  ingestion: Ingestion,
  domain: string,
  { id }: Run,
  changed: readonly Table[],
): Promise<Outcome> {
  const { state, reason, transient } = await steps.until(
    `the run ${id}`,
    () => ingestion.run(domain, id),
    (run) => run.state !== 'working',
  );
  if (state === 'succeeded') {
    return { kind: 'done', detail: `run ${id} for ${changed.map((table) => table.name).join(', ')}` };
  }
  const failed = await ingestion.failedTables(domain, id);
  const tables = failed.length === 0 ? '' : `; without assets: ${failed.slice(0, 10).join(', ')}`;
  throw new CatalogError(
    transient === true ? 'MESH_CATALOG_UNAVAILABLE' : 'MESH_CATALOG_FAILED',
    `the run ${id} ended ${state === 'partial' ? 'in part' : 'as failed'}: ${reason ?? 'see its activities'}${tables}`,
  );
}
