import type { DataSource, DataSourceRun } from '../entities.js';
import { defined, type Plane } from '../plane.js';

/** The oldest first. */
export const runsOf = ({ state }: Plane, source: DataSource): DataSourceRun[] =>
  state.list('data source run', source.domainId).filter(({ dataSourceId }) => dataSourceId === source.id);

/**
 * A run as it is answered.
 *
 * ```
 * StartDataSourceRun ──► REQUESTED ──► RUNNING ──► SUCCESS | PARTIALLY_SUCCEEDED | FAILED
 * ```
 */
export function describedRun(run: DataSourceRun, now: number) {
  const { outcome, startMs } = run;
  return defined({
    id: run.id,
    domainId: run.domainId,
    dataSourceId: run.dataSourceId,
    projectId: run.projectId,
    type: 'PRIORITIZED',
    status: outcome?.status ?? (now < startMs ? 'REQUESTED' : 'RUNNING'),
    dataSourceConfigurationSnapshot: run.snapshot,
    runStatisticsForAssets: outcome?.statistics,
    errorMessage: outcome?.failure,
    createdAt: new Date(run.createdMs),
    updatedAt: new Date(outcome?.stoppedMs ?? Math.min(now, Math.max(startMs, run.createdMs))),
    startedAt: outcome === undefined && now < startMs ? undefined : new Date(startMs),
    stoppedAt: outcome && new Date(outcome.stoppedMs),
  });
}
