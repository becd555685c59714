import type { Call, Operation } from '../../framework/types.js';
import type { EnvironmentProfile } from '../entities.js';
import { conflict } from '../errors.js';
import { caller, page, pick, type Identified, type InDomain, type Paging, type Plane } from '../plane.js';
import { newId } from '../state.js';
import { getBlueprint } from './blueprints.js';
import { checkEnabled } from './environments.js';

interface CreateInput extends InDomain {
  readonly name: string;
  readonly environmentBlueprintIdentifier: string;
  readonly projectIdentifier: string;
  readonly awsAccountId?: string;
  readonly awsAccountRegion?: string;
}

interface ListInput extends InDomain, Paging {
  readonly name?: string;
  readonly projectIdentifier?: string;
  readonly environmentBlueprintIdentifier?: string;
  readonly awsAccountId?: string;
  readonly awsAccountRegion?: string;
}

/** Environment profiles. There is no client token: a name that is taken in the project is a conflict. */
export function environmentProfileOperations(plane: Plane): Record<string, Operation> {
  const { state, options } = plane;
  const described = (profile: EnvironmentProfile) => ({
    id: profile.id,
    domainId: profile.domainId,
    name: profile.name,
    environmentBlueprintId: profile.blueprintId,
    projectId: profile.projectId,
    awsAccountId: profile.accountId,
    awsAccountRegion: profile.region,
    createdBy: caller,
    createdAt: new Date(profile.createdMs),
    updatedAt: new Date(profile.updatedMs),
    ...profile.members,
  });
  return {
    CreateEnvironmentProfile: (input: CreateInput, call: Call) => {
      const { domainIdentifier: domainId, projectIdentifier: projectId, name } = input;
      state.get('project', domainId, projectId);
      const { id: blueprintId } = getBlueprint(state, domainId, input.environmentBlueprintIdentifier);
      const region = input.awsAccountRegion ?? call.region;
      checkEnabled(plane, domainId, blueprintId, region);
      const taken = state
        .list('environment profile', domainId)
        .some((profile) => profile.projectId === projectId && profile.name === name);
      if (taken) throw conflict(`An environment profile named "${name}" exists in the project ${projectId}`);
      const now = call.now();
      const profile: EnvironmentProfile = {
        ...{ id: newId(), domainId, name, projectId, blueprintId, region, createdMs: now, updatedMs: now },
        accountId: input.awsAccountId ?? options.accountId,
        members: pick(input, ['description']),
      };
      state.save('environment profile', profile);
      return described(profile);
    },
    GetEnvironmentProfile: ({ domainIdentifier, identifier }: Identified) =>
      described(state.get('environment profile', domainIdentifier, identifier)),
    ListEnvironmentProfiles: (input: ListInput) => {
      const is = (wanted: string | undefined, found: string) => wanted === undefined || wanted === found;
      const all = state
        .list('environment profile', input.domainIdentifier)
        .filter(
          (profile) =>
            is(input.name, profile.name) &&
            is(input.projectIdentifier, profile.projectId) &&
            is(input.environmentBlueprintIdentifier, profile.blueprintId) &&
            is(input.awsAccountId, profile.accountId) &&
            is(input.awsAccountRegion, profile.region),
        );
      const { items, ...rest } = page(all, input);
      return { ...rest, items: items.map(described) };
    },
  };
}
