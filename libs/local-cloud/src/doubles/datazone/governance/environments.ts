import type { Call, Operation } from '../../framework/types.js';
import type { Environment } from '../entities.js';
import { conflict, invalid } from '../errors.js';
import {
  caller,
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
import { getBlueprint } from './blueprints.js';

interface CreateInput extends InDomain {
  readonly name: string;
  readonly projectIdentifier: string;
  readonly environmentProfileIdentifier?: string;
  readonly environmentBlueprintIdentifier?: string;
  readonly environmentAccountIdentifier?: string;
  readonly environmentAccountRegion?: string;
}

interface ListInput extends InDomain, Paging {
  readonly projectIdentifier: string;
  readonly name?: string;
  readonly status?: string;
  readonly environmentProfileIdentifier?: string;
  readonly environmentBlueprintIdentifier?: string;
  readonly awsAccountId?: string;
  readonly awsAccountRegion?: string;
}

/**
 * Environments, made from a profile or from a blueprint. There is no client token: a name that is taken in the
 * project is a conflict.
 *
 * ```
 * CreateEnvironment ──► CREATING ──► ACTIVE
 *                          └───────► CREATE_FAILED   (POST /_double/datazone/fail)
 * ```
 */
export function environmentOperations(plane: Plane): Record<string, Operation> {
  const { state } = plane;
  const summary = (environment: Environment, now: number) =>
    defined({
      id: environment.id,
      domainId: environment.domainId,
      projectId: environment.projectId,
      name: environment.name,
      description: environment.members['description'],
      environmentProfileId: environment.profileId,
      awsAccountId: environment.accountId,
      awsAccountRegion: environment.region,
      provider: 'Amazon DataZone',
      status: environmentStatus(environment, now),
      createdBy: caller,
      createdAt: new Date(environment.createdMs),
      updatedAt: new Date(environment.updatedMs),
    });
  const described = (environment: Environment, now: number) => {
    const status = environmentStatus(environment, now);
    const { failure } = environment;
    return {
      ...summary(environment, now),
      environmentBlueprintId: environment.blueprintId,
      ...pick(environment.members, ['glossaryTerms']),
      lastDeployment: defined({
        deploymentId: environment.id,
        deploymentType: 'CREATE',
        deploymentStatus: { CREATING: 'IN_PROGRESS', ACTIVE: 'SUCCESSFUL', CREATE_FAILED: 'FAILED' }[status],
        isDeploymentComplete: status !== 'CREATING',
        failureReason: status === 'CREATE_FAILED' ? { message: failure ?? '' } : undefined,
      }),
    };
  };
  return {
    CreateEnvironment: (input: CreateInput, call: Call) => {
      const { domainIdentifier: domainId, projectIdentifier: projectId, name } = input;
      // Looser in the model of the request than in that of the answer.
      if (!/^[\w -]{1,64}$/.test(name)) throw invalid(`The environment's name "${name}" is not valid`);
      state.get('project', domainId, projectId);
      const place = placeOf(plane, input);
      checkEnabled(plane, domainId, place.blueprintId, place.region);
      const taken = state
        .list('environment', domainId)
        .some((environment) => environment.projectId === projectId && environment.name === name);
      if (taken) throw conflict(`An environment named "${name}" exists in the project ${projectId}`);
      const now = call.now();
      const failure = takeFailure(plane, 'environment')?.errorDetail;
      const environment: Environment = {
        ...{ id: newId(), domainId, name, projectId, createdMs: now, updatedMs: now },
        ...place,
        readyMs: now + plane.transitionMs,
        ...(failure !== undefined && { failure }),
        members: pick(input, ['description', 'glossaryTerms']),
      };
      state.save('environment', environment);
      return described(environment, now);
    },
    GetEnvironment: ({ domainIdentifier, identifier }: Identified, call: Call) =>
      described(state.get('environment', domainIdentifier, identifier), call.now()),
    ListEnvironments: (input: ListInput, call: Call) => {
      const is = (wanted: string | undefined, found: string | undefined) =>
        wanted === undefined || wanted === found;
      const all = state
        .list('environment', input.domainIdentifier)
        .filter(
          (one) =>
            one.projectId === input.projectIdentifier &&
            is(input.name, one.name) &&
            is(input.status, environmentStatus(one, call.now())) &&
            is(input.environmentProfileIdentifier, one.profileId) &&
            is(input.environmentBlueprintIdentifier, one.blueprintId) &&
            is(input.awsAccountId, one.accountId) &&
            is(input.awsAccountRegion, one.region),
        );
      const { items, ...rest } = page(all, input);
      return { ...rest, items: items.map((one) => summary(one, call.now())) };
    },
    /** Gone at once. */
    DeleteEnvironment: ({ domainIdentifier: domainId, identifier }: Identified) => {
      state.get('environment', domainId, identifier);
      if (state.list('data source', domainId).some((source) => source.environmentId === identifier)) {
        throw invalid(`The environment ${identifier} still has data sources`);
      }
      state.change({ removed: [['environment', identifier]] });
      return {};
    },
  };
}

export function environmentStatus(
  { readyMs, failure }: Environment,
  now: number,
): 'CREATING' | 'ACTIVE' | 'CREATE_FAILED' {
  if (now < readyMs) return 'CREATING';
  return failure === undefined ? 'ACTIVE' : 'CREATE_FAILED';
}

/** @throws ModelledError `ValidationException` where the blueprint is not enabled in the region */
export function checkEnabled({ state }: Plane, domainId: string, blueprintId: string, region: string): void {
  const id = `${domainId}/${blueprintId}`;
  const configuration = state.find('environment blueprint configuration', domainId, id);
  if (configuration?.enabledRegions.includes(region) === true) return;
  throw invalid(`The environment blueprint ${blueprintId} is not enabled in the region ${region}`);
}

function placeOf({ state, options }: Plane, input: CreateInput) {
  const { domainIdentifier: domainId, environmentProfileIdentifier: profileId } = input;
  if (profileId !== undefined) {
    const { blueprintId, accountId, region } = state.get('environment profile', domainId, profileId);
    return { profileId, blueprintId, accountId, region };
  }
  if (input.environmentBlueprintIdentifier === undefined || input.environmentAccountRegion === undefined) {
    throw invalid('An environment needs a profile, or a blueprint with an account and a region');
  }
  return {
    blueprintId: getBlueprint(state, domainId, input.environmentBlueprintIdentifier).id,
    accountId: input.environmentAccountIdentifier ?? options.accountId,
    region: input.environmentAccountRegion,
  };
}
