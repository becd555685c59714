import type { Call, Operation } from '../../framework/types.js';
import type { DataSource, Form, GlueRunConfiguration } from '../entities.js';
import { conflict, invalid } from '../errors.js';
import { environmentStatus } from '../governance/environments.js';
import {
  checkQuota,
  defined,
  page,
  pick,
  takeFailure,
  type Identified,
  type InDomain,
  type Paging,
  type Plane,
} from '../plane.js';
import { newId } from '../state.js';
import { describedRun, runsOf } from './run-view.js';

interface CreateInput extends InDomain {
  readonly name: string;
  readonly projectIdentifier: string;
  readonly environmentIdentifier?: string;
  readonly type: string;
  readonly configuration?: { readonly glueRunConfiguration?: GlueRunConfiguration };
  readonly enableSetting?: 'ENABLED' | 'DISABLED';
  readonly publishOnImport?: boolean;
  readonly assetFormsInput?: readonly Form[];
  readonly clientToken?: string;
}

interface ListInput extends InDomain, Paging {
  readonly projectIdentifier: string;
  readonly environmentIdentifier?: string;
  readonly type?: string;
  readonly status?: string;
  readonly name?: string;
}

/**
 * Data sources of type GLUE.
 *
 * ```
 * CreateDataSource ──► CREATING ──► READY ◄──► RUNNING (while a run is)
 *                         └───────► FAILED_CREATION   (POST /_double/datazone/fail)
 * ```
 */
export function dataSourceOperations(plane: Plane): Record<string, Operation> {
  const { state, settings } = plane;
  const described = (source: DataSource, now: number) => {
    const status = dataSourceStatus(plane, source, now);
    return {
      id: source.id,
      domainId: source.domainId,
      projectId: source.projectId,
      environmentId: source.environmentId,
      name: source.name,
      type: source.type,
      status,
      enableSetting: source.enableSetting,
      publishOnImport: source.publishOnImport,
      configuration: {
        glueRunConfiguration: {
          accountId: plane.options.accountId,
          region: source.region,
          ...source.configuration,
        },
      },
      createdAt: new Date(source.createdMs),
      updatedAt: new Date(source.updatedMs),
      ...(status === 'FAILED_CREATION' && { errorMessage: source.failure }),
      ...source.members,
    };
  };
  /** What Get and List answer, and Create does not. */
  const lastRun = (source: DataSource, now: number) => {
    const run = runsOf(plane, source).at(-1);
    if (run === undefined) return {};
    const { status, runStatisticsForAssets: counts, errorMessage } = describedRun(run, now);
    return defined({
      lastRunStatus: status,
      lastRunAt: new Date(run.createdMs),
      lastRunErrorMessage: errorMessage,
      lastRunAssetCount: counts && counts.added + counts.updated + counts.unchanged,
    });
  };
  return {
    CreateDataSource: (input: CreateInput, call: Call) => {
      const id = state.once('CreateDataSource', input, () => {
        const { domainIdentifier: domainId, projectIdentifier: projectId, name } = input;
        state.get('project', domainId, projectId);
        const configuration = checkConfiguration(input);
        const environment = state.get('environment', domainId, input.environmentIdentifier ?? '');
        if (environmentStatus(environment, call.now()) !== 'ACTIVE') {
          throw conflict(`The environment ${environment.id} is not ACTIVE`);
        }
        const siblings = state.list('data source', domainId);
        if (siblings.some((other) => other.projectId === projectId && other.name === name)) {
          throw conflict(`A data source named "${name}" exists in the project ${projectId}`);
        }
        checkQuota(siblings.length, settings.maxDataSources, 'data sources');
        const now = call.now();
        const failure = takeFailure(plane, 'data-source');
        const source: DataSource = {
          ...{ id: newId(), domainId, projectId, environmentId: environment.id, name, configuration },
          type: 'GLUE',
          region: environment.region,
          createdMs: now,
          updatedMs: now,
          readyMs: now + plane.transitionMs,
          ...(failure !== undefined && { failure }),
          publishOnImport: input.publishOnImport ?? false,
          enableSetting: input.enableSetting ?? 'ENABLED',
          members: pick(input, ['description', 'schedule', 'recommendation']),
        };
        return { id: source.id, saved: [['data source', source]] };
      });
      return described(state.get('data source', input.domainIdentifier, id), call.now());
    },
    GetDataSource: ({ domainIdentifier, identifier }: Identified, call: Call) => {
      const source = state.get('data source', domainIdentifier, identifier);
      return { ...described(source, call.now()), ...lastRun(source, call.now()) };
    },
    ListDataSources: (input: ListInput, call: Call) => {
      const is = (wanted: string | undefined, found: string) => wanted === undefined || wanted === found;
      const all = state
        .list('data source', input.domainIdentifier)
        .filter(
          (one) =>
            one.projectId === input.projectIdentifier &&
            is(input.environmentIdentifier, one.environmentId) &&
            is(input.type, one.type) &&
            is(input.name, one.name) &&
            is(input.status, dataSourceStatus(plane, one, call.now())),
        );
      const { items, ...rest } = page(all, input);
      const summary = ['domainId', 'environmentId', 'name', 'type', 'status', 'enableSetting', 'description'];
      return {
        ...rest,
        items: items.map((one) => ({
          ...pick(described(one, call.now()), [...summary, 'schedule', 'createdAt', 'updatedAt']),
          ...lastRun(one, call.now()),
          dataSourceId: one.id,
        })),
      };
    },
    UpdateDataSource: (input: Identified & Partial<CreateInput>, call: Call) => {
      const source = state.get('data source', input.domainIdentifier, input.identifier);
      checkIdle(plane, source, call.now());
      const updated: DataSource = {
        ...source,
        updatedMs: call.now(),
        name: input.name ?? source.name,
        configuration: input.configuration?.glueRunConfiguration ?? source.configuration,
        publishOnImport: input.publishOnImport ?? source.publishOnImport,
        enableSetting: input.enableSetting ?? source.enableSetting,
        members: { ...source.members, ...pick(input, ['description', 'schedule', 'recommendation']) },
      };
      state.save('data source', updated);
      return { ...described(updated, call.now()), ...pick(lastRun(updated, call.now()), ['lastRunStatus']) };
    },
    /** Gone at once; the assets it made stay. */
    DeleteDataSource: ({ domainIdentifier, identifier }: Identified, call: Call) => {
      const source = state.get('data source', domainIdentifier, identifier);
      checkIdle(plane, source, call.now());
      state.change({ removed: [['data source', identifier]] });
      return {
        ...pick(described(source, call.now()), ['id', 'domainId', 'projectId', 'name', 'type']),
        status: 'DELETING',
      };
    },
  };
}

export function dataSourceStatus(
  plane: Plane,
  source: DataSource,
  now: number,
): 'CREATING' | 'FAILED_CREATION' | 'READY' | 'RUNNING' {
  if (now < source.readyMs) return 'CREATING';
  if (source.failure !== undefined) return 'FAILED_CREATION';
  return runsOf(plane, source).some(({ outcome }) => outcome === undefined) ? 'RUNNING' : 'READY';
}

function checkIdle(plane: Plane, source: DataSource, now: number): void {
  const status = dataSourceStatus(plane, source, now);
  if (status === 'CREATING' || status === 'RUNNING') {
    throw conflict(`The data source ${source.id} is ${status}`);
  }
}

function checkConfiguration(input: CreateInput): GlueRunConfiguration {
  const glue = input.configuration?.glueRunConfiguration;
  if (input.type !== 'GLUE') throw invalid(`The double has data sources of type GLUE, not "${input.type}"`);
  if (glue === undefined) throw invalid('A data source of type GLUE needs a glueRunConfiguration');
  if (glue.relationalFilterConfigurations.length === 0) {
    throw invalid('A data source of type GLUE needs a database in relationalFilterConfigurations');
  }
  return glue;
}
