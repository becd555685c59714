import type { Call, Operation } from '../../framework/types.js';
import { invalidInput } from '../errors.js';
import { parseFilter, type Condition } from '../filter/parse.js';
import { DatasetSchema } from '../schema/dataset-schema.js';
import {
  arnOf,
  checkQuota,
  create,
  deleteResource,
  page,
  pick,
  view,
  type ControlPlane,
  type Paging,
} from './control-plane.js';

/** Filters: expressions, checked against the schemas of the dataset group. */
export function filterOperations(plane: ControlPlane): Readonly<Record<string, Operation>> {
  const { resources, settings } = plane;
  const summary = [
    'name',
    'filterArn',
    'creationDateTime',
    'lastUpdatedDateTime',
    'datasetGroupArn',
    'failureReason',
    'status',
  ];
  return {
    CreateFilter(input: { name: string; datasetGroupArn: string; filterExpression: string }, call) {
      const { name, datasetGroupArn, filterExpression } = input;
      resources.getActive('dataset-group', datasetGroupArn, call.now());
      checkQuota(plane, call, 'filter', settings.maxFilters);
      for (const { anyOf, onlyIf } of parseFilter(filterExpression)) {
        for (const condition of [...anyOf.flat(), ...onlyIf])
          checkField(plane, call, datasetGroupArn, condition);
      }
      const filterArn = arnOf(plane, call, `filter/${name}`);
      const members = { filterArn, datasetGroupArn, filterExpression };
      create(plane, call, { kind: 'filter', arn: filterArn, name, parent: datasetGroupArn, members });
      return { filterArn };
    },
    DescribeFilter({ filterArn }: { filterArn: string }, call) {
      return { filter: view(plane, call, resources.get('filter', filterArn, call.now())) };
    },
    ListFilters(input: Paging & { datasetGroupArn?: string }, call) {
      const all = resources.list('filter', call.now());
      const wanted = all.filter(
        ({ parent }) => input.datasetGroupArn === undefined || parent === input.datasetGroupArn,
      );
      const { page: found, ...rest } = page(wanted, input);
      return { ...rest, Filters: found.map((one) => pick(view(plane, call, one), summary)) };
    },
    DeleteFilter({ filterArn }: { filterArn: string }, call) {
      deleteResource(plane, call, resources.get('filter', filterArn, call.now()));
      return {};
    },
  };
}

const datasetOf = { Interactions: 'INTERACTIONS', Items: 'ITEMS', CurrentUser: 'USERS' } as const;

/** A filter can use fields of the group's schemas that are neither free text nor boolean. */
function checkField(
  { resources }: ControlPlane,
  call: Call,
  group: string,
  { dataset, field }: Condition,
): void {
  const type = datasetOf[dataset];
  const found = resources
    .list('dataset', call.now())
    .find(({ parent, members }) => parent === group && members['datasetType'] === type);
  if (!found) throw invalidInput(`${dataset}.${field}: the dataset group has no dataset of ${type}`);
  const schema = resources.get('schema', found.members['schemaArn'] as string, call.now());
  const column = DatasetSchema.parse(schema.members['schema'] as string).column(field);
  if (!column) throw invalidInput(`${dataset}.${field}: the schema of ${type} has no such field`);
  if (column.textual || column.types.has('boolean')) {
    throw invalidInput(`${dataset}.${field}: a field of free text or of booleans cannot be filtered by`);
  }
}
