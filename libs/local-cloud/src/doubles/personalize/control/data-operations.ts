import type { Operation } from '../../framework/types.js';
import { alreadyExists, invalidInput, inUse } from '../errors.js';
import { DatasetSchema } from '../schema/dataset-schema.js';
import {
  arnOf,
  checkQuota,
  checkUnused,
  create,
  deleteResource,
  page,
  pick,
  shortId,
  view,
  type ControlPlane,
  type Paging,
} from './control-plane.js';
import type { ImportJobs } from './import-jobs.js';

/** Schemas, dataset groups, datasets, import jobs and event trackers. */
export function dataOperations(
  plane: ControlPlane,
  importJobs: ImportJobs,
): Readonly<Record<string, Operation>> {
  return {
    ...schemas(plane),
    ...datasetGroups(plane),
    ...datasets(plane),
    ...jobs(plane, importJobs),
    ...trackers(plane),
  };
}

function schemas(plane: ControlPlane): Record<string, Operation> {
  const { resources, settings } = plane;
  const summary = ['name', 'schemaArn', 'creationDateTime', 'lastUpdatedDateTime', 'domain'];
  return {
    CreateSchema(input: { name: string; schema: string; domain?: string }, call) {
      const { name, schema, domain } = input;
      DatasetSchema.parse(schema);
      checkQuota(plane, call, 'schema', settings.maxSchemas);
      const schemaArn = arnOf(plane, call, `schema/${name}`);
      const members = { schemaArn, schema, ...(domain !== undefined && { domain }) };
      create(plane, call, { kind: 'schema', arn: schemaArn, name, members });
      return { schemaArn };
    },
    DescribeSchema({ schemaArn }: { schemaArn: string }, call) {
      const schema = view(plane, call, resources.get('schema', schemaArn, call.now()));
      return { schema: pick(schema, [...summary, 'schema']) };
    },
    ListSchemas(input: Paging, call) {
      const { page: found, ...rest } = page(resources.list('schema', call.now()), input);
      return { ...rest, schemas: found.map((one) => pick(view(plane, call, one), summary)) };
    },
    DeleteSchema({ schemaArn }: { schemaArn: string }, call) {
      const schema = resources.get('schema', schemaArn, call.now());
      checkUnused(plane, call, schemaArn, 'dataset', ({ members }) => members['schemaArn'] === schemaArn);
      resources.delete(schema, call.now());
      return {};
    },
  };
}

function datasetGroups(plane: ControlPlane): Record<string, Operation> {
  const { resources, settings, data } = plane;
  const summary = [
    'name',
    'datasetGroupArn',
    'status',
    'creationDateTime',
    'lastUpdatedDateTime',
    'failureReason',
    'domain',
  ];
  return {
    CreateDatasetGroup(input: { name: string; roleArn?: string; kmsKeyArn?: string; domain?: string }, call) {
      const { name, roleArn, kmsKeyArn, domain } = input;
      if (domain !== undefined)
        throw invalidInput('the local Personalize has custom dataset groups only: leave out the domain');
      if (kmsKeyArn !== undefined && roleArn === undefined)
        throw invalidInput('With a kmsKeyArn a roleArn is required');
      checkQuota(plane, call, 'dataset-group', settings.maxDatasetGroups);
      const datasetGroupArn = arnOf(plane, call, `dataset-group/${name}`);
      const members = {
        datasetGroupArn,
        ...(roleArn !== undefined && { roleArn }),
        ...(kmsKeyArn !== undefined && { kmsKeyArn }),
      };
      create(plane, call, { kind: 'dataset-group', arn: datasetGroupArn, name, members });
      return { datasetGroupArn };
    },
    DescribeDatasetGroup({ datasetGroupArn }: { datasetGroupArn: string }, call) {
      return { datasetGroup: view(plane, call, resources.get('dataset-group', datasetGroupArn, call.now())) };
    },
    ListDatasetGroups(input: Paging, call) {
      const { page: found, ...rest } = page(resources.list('dataset-group', call.now()), input);
      return { ...rest, datasetGroups: found.map((one) => pick(view(plane, call, one), summary)) };
    },
    DeleteDatasetGroup({ datasetGroupArn }: { datasetGroupArn: string }, call) {
      const group = resources.get('dataset-group', datasetGroupArn, call.now());
      for (const kind of ['event-tracker', 'solution', 'dataset'] as const) {
        checkUnused(
          plane,
          call,
          datasetGroupArn,
          kind,
          ({ parent, deletedMs }) => parent === datasetGroupArn && deletedMs === undefined,
        );
      }
      deleteResource(plane, call, group);
      for (const filter of resources.list('filter', call.now())) {
        if (filter.parent === datasetGroupArn) resources.delete(filter, call.now());
      }
      data.remove(datasetGroupArn);
      return {};
    },
  };
}

const recordKinds = { INTERACTIONS: 'interaction', ITEMS: 'item', USERS: 'user' } as const;

function datasets(plane: ControlPlane): Record<string, Operation> {
  const { resources, data } = plane;
  const summary = ['name', 'datasetArn', 'datasetType', 'status', 'creationDateTime', 'lastUpdatedDateTime'];
  return {
    CreateDataset(
      input: { name: string; schemaArn: string; datasetGroupArn: string; datasetType: string },
      call,
    ) {
      const { name, schemaArn, datasetGroupArn } = input;
      const group = resources.getActive('dataset-group', datasetGroupArn, call.now());
      const schema = resources.get('schema', schemaArn, call.now());
      const type = DatasetSchema.typeOf(input.datasetType);
      DatasetSchema.parse(schema.members['schema'] as string).checkFor(type);
      const datasetArn = arnOf(plane, call, `dataset/${group.name}/${type}`);
      const members = { datasetArn, datasetGroupArn, datasetType: type, schemaArn };
      create(plane, call, { kind: 'dataset', arn: datasetArn, name, parent: datasetGroupArn, members });
      return { datasetArn };
    },
    DescribeDataset({ datasetArn }: { datasetArn: string }, call) {
      return { dataset: view(plane, call, resources.get('dataset', datasetArn, call.now())) };
    },
    ListDatasets(input: Paging & { datasetGroupArn?: string }, call) {
      const all = resources.list('dataset', call.now());
      const wanted = all.filter(
        ({ parent }) => input.datasetGroupArn === undefined || parent === input.datasetGroupArn,
      );
      const { page: found, ...rest } = page(wanted, input);
      return { ...rest, datasets: found.map((one) => pick(view(plane, call, one), summary)) };
    },
    DeleteDataset({ datasetArn }: { datasetArn: string }, call) {
      const dataset = resources.get('dataset', datasetArn, call.now());
      checkUnused(
        plane,
        call,
        datasetArn,
        'dataset-import-job',
        ({ parent, doneMs }) => parent === datasetArn && doneMs === undefined,
      );
      deleteResource(plane, call, dataset);
      const type = dataset.members['datasetType'] as keyof typeof recordKinds;
      data.change(dataset.parent ?? '', { drop: recordKinds[type] });
      return {};
    },
  };
}

function jobs(plane: ControlPlane, importJobs: ImportJobs): Record<string, Operation> {
  const { resources } = plane;
  const summary = [
    'datasetImportJobArn',
    'jobName',
    'status',
    'creationDateTime',
    'lastUpdatedDateTime',
    'failureReason',
    'importMode',
  ];
  return {
    CreateDatasetImportJob(
      input: {
        jobName: string;
        datasetArn: string;
        dataSource: { dataLocation?: string };
        roleArn?: string;
        importMode?: string;
      },
      call,
    ) {
      const { jobName, datasetArn, dataSource, roleArn, importMode = 'FULL' } = input;
      resources.getActive('dataset', datasetArn, call.now());
      const earlier = resources
        .list('dataset-import-job', call.now())
        .filter(({ parent }) => parent === datasetArn);
      const running = earlier.find(({ doneMs }) => doneMs === undefined);
      if (running) throw inUse(`${datasetArn} has an import job in progress: ${running.arn}`);
      if (importMode === 'INCREMENTAL' && !earlier.some(({ failureReason }) => failureReason === undefined)) {
        throw invalidInput('Nothing was imported in bulk before: the import mode can only be FULL');
      }
      if (!/^s3:\/\/[^/]+\/.*$/.test(dataSource.dataLocation ?? '')) {
        throw invalidInput(
          `dataLocation must be s3://bucket/folder/file.csv or s3://bucket/folder/, not ${dataSource.dataLocation}`,
        );
      }
      const datasetImportJobArn = arnOf(plane, call, `dataset-import-job/${jobName}`);
      const members = {
        datasetImportJobArn,
        jobName,
        datasetArn,
        dataSource,
        importMode,
        ...(roleArn !== undefined && { roleArn }),
      };
      const job = create(plane, call, {
        kind: 'dataset-import-job',
        arn: datasetImportJobArn,
        name: jobName,
        parent: datasetArn,
        members,
      });
      importJobs.start(job);
      return { datasetImportJobArn };
    },
    DescribeDatasetImportJob({ datasetImportJobArn }: { datasetImportJobArn: string }, call) {
      const job = view(plane, call, resources.get('dataset-import-job', datasetImportJobArn, call.now()));
      // The model gives this role's ARN the pattern of a Personalize ARN, which no role has.
      const names = Object.keys(job).filter((name) => name !== 'name' && name !== 'roleArn');
      return { datasetImportJob: pick(job, names) };
    },
    ListDatasetImportJobs(input: Paging & { datasetArn?: string }, call) {
      const all = resources.list('dataset-import-job', call.now());
      const wanted = all.filter(
        ({ parent }) => input.datasetArn === undefined || parent === input.datasetArn,
      );
      const { page: found, ...rest } = page(wanted, input);
      return { ...rest, datasetImportJobs: found.map((one) => pick(view(plane, call, one), summary)) };
    },
  };
}

function trackers(plane: ControlPlane): Record<string, Operation> {
  const { resources } = plane;
  const summary = ['name', 'eventTrackerArn', 'status', 'creationDateTime', 'lastUpdatedDateTime'];
  return {
    CreateEventTracker(input: { name: string; datasetGroupArn: string }, call) {
      const { name, datasetGroupArn } = input;
      resources.getActive('dataset-group', datasetGroupArn, call.now());
      // "Only one event tracker can be associated with a dataset group."
      checkOneTracker(plane, call, datasetGroupArn);
      const eventTrackerArn = arnOf(plane, call, `event-tracker/${shortId()}`);
      const trackingId = `${shortId()}-${shortId()}-${shortId()}`;
      const members = { eventTrackerArn, accountId: plane.options.accountId, trackingId, datasetGroupArn };
      create(plane, call, {
        kind: 'event-tracker',
        arn: eventTrackerArn,
        name,
        parent: datasetGroupArn,
        members,
      });
      return { eventTrackerArn, trackingId };
    },
    DescribeEventTracker({ eventTrackerArn }: { eventTrackerArn: string }, call) {
      return { eventTracker: view(plane, call, resources.get('event-tracker', eventTrackerArn, call.now())) };
    },
    ListEventTrackers(input: Paging & { datasetGroupArn?: string }, call) {
      const all = resources.list('event-tracker', call.now());
      const wanted = all.filter(
        ({ parent }) => input.datasetGroupArn === undefined || parent === input.datasetGroupArn,
      );
      const { page: found, ...rest } = page(wanted, input);
      return { ...rest, eventTrackers: found.map((one) => pick(view(plane, call, one), summary)) };
    },
    DeleteEventTracker({ eventTrackerArn }: { eventTrackerArn: string }, call) {
      deleteResource(plane, call, resources.get('event-tracker', eventTrackerArn, call.now()));
      return {};
    },
  };
}

function checkOneTracker(
  { resources }: ControlPlane,
  call: { now(): number },
  datasetGroupArn: string,
): void {
  const other = resources.list('event-tracker', call.now()).find(({ parent }) => parent === datasetGroupArn);
  if (other) throw alreadyExists(`${datasetGroupArn} already has the event tracker ${other.arn}`);
}
