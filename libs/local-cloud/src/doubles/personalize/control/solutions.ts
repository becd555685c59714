import type { Call, Operation } from '../../framework/types.js';
import { inUse, invalidInput, notFound } from '../errors.js';
import {
  arnOf,
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
import { recipes } from './deployment.js';
import type { Resource } from './resources.js';
import type { Trainings } from './trainings.js';

/** Solutions and their versions. */
export function solutionOperations(
  plane: ControlPlane,
  trainings: Trainings,
): Readonly<Record<string, Operation>> {
  return { ...solutions(plane), ...versions(plane, trainings) };
}

function solutions(plane: ControlPlane): Record<string, Operation> {
  const { resources } = plane;
  const given = [
    'performHPO',
    'performAutoTraining',
    'performIncrementalUpdate',
    'eventType',
    'solutionConfig',
  ];
  const summary = ['name', 'solutionArn', 'status', 'creationDateTime', 'lastUpdatedDateTime', 'recipeArn'];
  return {
    CreateSolution(
      input: { name: string; datasetGroupArn: string; recipeArn?: string; performAutoML?: boolean },
      call,
    ) {
      const { name, datasetGroupArn, recipeArn } = input;
      resources.getActive('dataset-group', datasetGroupArn, call.now());
      if (input.performAutoML || recipeArn === undefined)
        throw invalidInput('the local Personalize needs a recipeArn: it has no AutoML');
      if (!recipes.has(recipeArn)) throw notFound(recipeArn);
      const solutionArn = arnOf(plane, call, `solution/${name}`);
      const defaults = { performHPO: false, performAutoML: false, performAutoTraining: true };
      const members = { ...defaults, ...pick(input, given), solutionArn, recipeArn, datasetGroupArn };
      create(plane, call, { kind: 'solution', arn: solutionArn, name, parent: datasetGroupArn, members });
      return { solutionArn };
    },
    DescribeSolution({ solutionArn }: { solutionArn: string }, call) {
      const solution = view(plane, call, resources.get('solution', solutionArn, call.now()));
      const latest = versionsOf(plane, call, solutionArn).at(-1);
      return {
        solution: {
          ...solution,
          ...(latest && { latestSolutionVersion: versionSummary(plane, call, latest) }),
        },
      };
    },
    ListSolutions(input: Paging & { datasetGroupArn?: string }, call) {
      const all = resources.list('solution', call.now());
      const wanted = all.filter(
        ({ parent }) => input.datasetGroupArn === undefined || parent === input.datasetGroupArn,
      );
      const { page: found, ...rest } = page(wanted, input);
      return { ...rest, solutions: found.map((one) => pick(view(plane, call, one), summary)) };
    },
    DeleteSolution({ solutionArn }: { solutionArn: string }, call) {
      const solution = resources.get('solution', solutionArn, call.now());
      checkUnused(
        plane,
        call,
        solutionArn,
        'campaign',
        ({ members, deletedMs }) =>
          deletedMs === undefined && String(members['solutionVersionArn']).startsWith(`${solutionArn}/`),
      );
      const all = versionsOf(plane, call, solutionArn);
      const training = all.find(({ doneMs }) => doneMs === undefined);
      if (training) throw inUse(`${training.arn} is being trained`);
      deleteResource(plane, call, solution);
      for (const version of all) resources.delete(version, call.now());
      return {};
    },
  };
}

/** A solution's versions, oldest first. */
export const versionsOf = ({ resources }: ControlPlane, call: Call, solutionArn: string) =>
  resources.list('solution-version', call.now()).filter(({ parent }) => parent === solutionArn);

const versionSummaryMembers = [
  ...['solutionVersionArn', 'status', 'trainingMode', 'trainingType'],
  ...['creationDateTime', 'lastUpdatedDateTime', 'failureReason'],
];

const versionSummary = (plane: ControlPlane, call: Call, version: Resource) =>
  pick(view(plane, call, version), versionSummaryMembers);

function versions(plane: ControlPlane, trainings: Trainings): Record<string, Operation> {
  const { resources } = plane;
  return {
    CreateSolutionVersion(input: { name?: string; solutionArn: string; trainingMode?: string }, call) {
      const { solutionArn, trainingMode = 'FULL' } = input;
      const solution = resources.getActive('solution', solutionArn, call.now());
      const id = input.name ?? shortId();
      const solutionVersionArn = `${solutionArn}/${id}`;
      const copied = [
        'performHPO',
        'performAutoML',
        'recipeArn',
        'eventType',
        'datasetGroupArn',
        'solutionConfig',
      ];
      const members = {
        ...pick(solution.members, copied),
        solutionVersionArn,
        solutionArn,
        trainingMode,
        trainingType: 'MANUAL',
        trainingHours: 0,
      };
      const version = create(plane, call, {
        kind: 'solution-version',
        arn: solutionVersionArn,
        name: id,
        parent: solutionArn,
        members,
      });
      trainings.start(version);
      return { solutionVersionArn };
    },
    DescribeSolutionVersion({ solutionVersionArn }: { solutionVersionArn: string }, call) {
      return {
        solutionVersion: view(plane, call, resources.get('solution-version', solutionVersionArn, call.now())),
      };
    },
    ListSolutionVersions(input: Paging & { solutionArn?: string }, call) {
      const { solutionArn } = input;
      if (solutionArn !== undefined) resources.get('solution', solutionArn, call.now());
      const all = resources.list('solution-version', call.now());
      const { page: found, ...rest } = page(
        all.filter(({ parent }) => solutionArn === undefined || parent === solutionArn),
        input,
      );
      return { ...rest, solutionVersions: found.map((one) => versionSummary(plane, call, one)) };
    },
  };
}
