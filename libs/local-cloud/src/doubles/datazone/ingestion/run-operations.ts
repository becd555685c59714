import type { Call, Operation } from '../../framework/types.js';
import type { DataSourceRun } from '../entities.js';
import { conflict } from '../errors.js';
import { page, type Identified, type InDomain, type Paging, type Plane } from '../plane.js';
import { newId } from '../state.js';
import { dataSourceStatus } from './data-sources.js';
import { describedRun, runsOf } from './run-view.js';
import type { Runs } from './runs.js';

interface OfSource extends InDomain {
  readonly dataSourceIdentifier: string;
}

/** Runs of data sources; a second one while one is under way is a conflict. */
export function runOperations(plane: Plane, runs: Runs): Record<string, Operation> {
  const { state } = plane;
  return {
    StartDataSourceRun: (input: OfSource & { clientToken?: string }, call: Call) => {
      const { domainIdentifier: domainId } = input;
      let started: DataSourceRun | undefined;
      const id = state.once('StartDataSourceRun', input, () => {
        const source = state.get('data source', domainId, input.dataSourceIdentifier);
        const status = dataSourceStatus(plane, source, call.now());
        if (status !== 'READY') throw conflict(`The data source ${source.id} is ${status}, not READY`);
        if (source.enableSetting === 'DISABLED') throw conflict(`The data source ${source.id} is disabled`);
        const now = call.now();
        started = {
          ...{ id: newId(), domainId, dataSourceId: source.id, projectId: source.projectId },
          createdMs: now,
          updatedMs: now,
          startMs: now + plane.transitionMs,
          snapshot: JSON.stringify({ name: source.name, configuration: source.configuration }),
        };
        return { id: started.id, saved: [['data source run', started]] };
      });
      if (started !== undefined) runs.start(started);
      return describedRun(state.get('data source run', domainId, id), call.now());
    },
    GetDataSourceRun: ({ domainIdentifier, identifier }: Identified, call: Call) =>
      describedRun(state.get('data source run', domainIdentifier, identifier), call.now()),
    /** The newest first. */
    ListDataSourceRuns: (input: OfSource & Paging & { status?: string }, call: Call) => {
      const source = state.get('data source', input.domainIdentifier, input.dataSourceIdentifier);
      const all = runsOf(plane, source)
        .reverse()
        .map((run) => describedRun(run, call.now()))
        .filter(({ status }) => input.status === undefined || status === input.status)
        .map(({ domainId: _, dataSourceConfigurationSnapshot: __, ...summary }) => summary);
      return page(all, input);
    },
    ListDataSourceRunActivities: (input: Identified & Paging & { status?: string }) => {
      const run = state.get('data source run', input.domainIdentifier, input.identifier);
      const all = (run.outcome?.activities ?? [])
        .filter(({ dataAssetStatus }) => input.status === undefined || dataAssetStatus === input.status)
        .map((activity) => ({
          ...activity,
          dataSourceRunId: run.id,
          projectId: run.projectId,
          createdAt: new Date(run.outcome?.stoppedMs ?? run.createdMs),
          updatedAt: new Date(run.outcome?.stoppedMs ?? run.createdMs),
        }));
      return page(all, input);
    },
  };
}
