import {
  CreateDataSourceCommand,
  GetDataSourceCommand,
  GetDataSourceRunCommand,
  ListDataSourceRunActivitiesCommand,
  ListDataSourceRunsCommand,
  ListDataSourcesCommand,
  StartDataSourceRunCommand,
  type DataSourceErrorMessage,
  type DataZoneClient,
} from '@aws-sdk/client-datazone';
import type { DataSourceSpec, Ingestion, Run } from '../../ports/datazone/ingestion.js';
import type { Progress } from '../../ports/datazone/progress.js';
import { allPages, call } from '../calls.js';

/** Data sources of type GLUE and their runs. */
export class DataZoneIngestion implements Ingestion {
  readonly #client: DataZoneClient;

  constructor(client: DataZoneClient) {
    this.#client = client;
  }

  async findDataSource(domain: string, project: string, name: string): Promise<Progress | undefined> {
    const sources = await allPages(
      (nextToken) =>
        call('ListDataSources', `the project ${project}`, () =>
          this.#client.send(
            new ListDataSourcesCommand({
              ...{ domainIdentifier: domain, projectIdentifier: project, name, nextToken },
              type: 'GLUE',
            }),
          ),
        ),
      ({ items }) => items,
    );
    const found = sources.find((source) => source.name === name);
    if (found?.dataSourceId === undefined) return undefined;
    const { dataSourceId: id, status = '' } = found;
    if (status === 'READY' || status === 'RUNNING') return { id, state: 'ready', status };
    if (!status.startsWith('FAILED')) return { id, state: 'working', status };
    const { errorMessage } = await call('GetDataSource', `the data source ${id}`, () =>
      this.#client.send(new GetDataSourceCommand({ domainIdentifier: domain, identifier: id })),
    );
    return { id, state: 'failed', status: `${status}: ${reasonOf(errorMessage)}` };
  }

  async createDataSource(domain: string, source: DataSourceSpec, token: string): Promise<void> {
    const { name, project, environment, database, publish } = source;
    await call('CreateDataSource', `the database "${database}"`, () =>
      this.#client.send(
        new CreateDataSourceCommand({
          domainIdentifier: domain,
          projectIdentifier: project,
          environmentIdentifier: environment,
          name,
          description: `Tables of the Glue database ${database}`,
          type: 'GLUE',
          configuration: {
            glueRunConfiguration: {
              relationalFilterConfigurations: [
                { databaseName: database, filterExpressions: [{ type: 'INCLUDE', expression: '*' }] },
              ],
            },
          },
          enableSetting: 'ENABLED',
          publishOnImport: publish,
          recommendation: { enableBusinessNameGeneration: false },
          clientToken: token,
        }),
      ),
    );
  }

  async runs(domain: string, source: string): Promise<readonly Run[]> {
    const runs = await allPages(
      (nextToken) =>
        call('ListDataSourceRuns', `the data source ${source}`, () =>
          this.#client.send(
            new ListDataSourceRunsCommand({
              domainIdentifier: domain,
              dataSourceIdentifier: source,
              nextToken,
            }),
          ),
        ),
      ({ items }) => items,
    );
    return runs.map(asRun).sort((a, b) => b.createdAt - a.createdAt);
  }

  async startRun(domain: string, source: string, token: string): Promise<Run> {
    return asRun(
      await call('StartDataSourceRun', `the data source ${source}`, () =>
        this.#client.send(
          new StartDataSourceRunCommand({
            domainIdentifier: domain,
            dataSourceIdentifier: source,
            clientToken: token,
          }),
        ),
      ),
    );
  }

  async run(domain: string, id: string): Promise<Run> {
    return asRun(
      await call('GetDataSourceRun', `the run ${id}`, () =>
        this.#client.send(new GetDataSourceRunCommand({ domainIdentifier: domain, identifier: id })),
      ),
    );
  }

  async failedTables(domain: string, run: string): Promise<readonly string[]> {
    const failed = await allPages(
      (nextToken) =>
        call('ListDataSourceRunActivities', `the run ${run}`, () =>
          this.#client.send(
            new ListDataSourceRunActivitiesCommand({
              domainIdentifier: domain,
              identifier: run,
              status: 'FAILED',
              nextToken,
            }),
          ),
        ),
      ({ items }) => items,
    );
    return failed.map(
      ({ database, technicalName, errorMessage }) =>
        `${database}.${technicalName} (${reasonOf(errorMessage)})`,
    );
  }
}

interface RunAnswer {
  readonly id?: string | undefined;
  readonly status?: string | undefined;
  readonly createdAt?: Date | undefined;
  readonly errorMessage?: DataSourceErrorMessage | undefined;
}

const states: Readonly<Record<string, Run['state']>> = {
  SUCCESS: 'succeeded',
  PARTIALLY_SUCCEEDED: 'partial',
  FAILED: 'failed',
};

/** What passes by itself; rights may have been granted a moment ago. */
const transient = /^(THROTTLING|INTERNAL_SERVER|CONFLICT|ACCESS_DENIED)_EXCEPTION$/;

function asRun({ id = '', status = '', createdAt, errorMessage }: RunAnswer): Run {
  return {
    id,
    state: states[status] ?? 'working',
    createdAt: createdAt?.getTime() ?? 0,
    ...(errorMessage === undefined
      ? {}
      : { reason: reasonOf(errorMessage), transient: transient.test(errorMessage.errorType ?? '') }),
  };
}

const reasonOf = (error: DataSourceErrorMessage | undefined): string =>
  error === undefined ? 'DataZone gave no reason' : `${error.errorType}: ${error.errorDetail ?? ''}`;
