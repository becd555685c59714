import { createHash } from 'node:crypto';
import type { Call, Operation } from '../../framework/types.js';
import type { BlueprintConfiguration } from '../entities.js';
import { notFound } from '../errors.js';
import { page, pick, type Identified, type InDomain, type Paging, type Plane } from '../plane.js';
import type { DataZoneState } from '../state.js';

export interface Blueprint {
  readonly id: string;
  readonly name: string;
  readonly description: string;
}

/**
 * What every domain has from the start
 * (https://docs.aws.amazon.com/datazone/latest/userguide/working-with-blueprints.html).
 */
const managed: readonly Omit<Blueprint, 'id'>[] = [
  { name: 'DefaultDataLake', description: 'Data lake: an S3 bucket, Glue databases and an Athena workgroup' },
  { name: 'DefaultDataWarehouse', description: 'Data warehouse: Amazon Redshift' },
  { name: 'CustomAwsService', description: 'An environment of AWS services that exist already' },
];

/** The managed blueprints of a domain; the ids are the same at each start. */
export function blueprintsOf(state: DataZoneState, domainId: string): Blueprint[] {
  state.get('domain', domainId, domainId);
  return managed.map((blueprint) => ({
    id: createHash('sha256').update(`${domainId}/${blueprint.name}`).digest('hex').slice(0, 14),
    ...blueprint,
  }));
}

/** @throws ModelledError `ResourceNotFoundException` */
export function getBlueprint(state: DataZoneState, domainId: string, id: string): Blueprint {
  const found = blueprintsOf(state, domainId).find((blueprint) => blueprint.id === id);
  if (found === undefined) throw notFound('environment blueprint', id);
  return found;
}

interface PutInput extends InDomain {
  readonly environmentBlueprintIdentifier: string;
  readonly enabledRegions: readonly string[];
}

const kept = [
  'provisioningRoleArn',
  'manageAccessRoleArn',
  'environmentRolePermissionBoundary',
  'regionalParameters',
  'provisioningConfigurations',
];

/** Blueprints, and in which regions a domain may use them. Putting a configuration replaces the one there was. */
export function blueprintOperations({ state }: Plane): Record<string, Operation> {
  const configuration = (one: BlueprintConfiguration) => ({
    domainId: one.domainId,
    environmentBlueprintId: one.blueprintId,
    enabledRegions: one.enabledRegions,
    createdAt: new Date(one.createdMs),
    updatedAt: new Date(one.updatedMs),
    ...one.members,
  });
  const summary = (blueprint: Blueprint) => ({
    ...blueprint,
    provider: 'Amazon DataZone',
    provisioningProperties: { cloudFormation: { templateUrl: `https://datazone.local/${blueprint.name}` } },
  });
  return {
    ListEnvironmentBlueprints: (input: InDomain & Paging & { name?: string; managed?: boolean }) => {
      // There are no custom ones.
      const all = blueprintsOf(state, input.domainIdentifier).filter(
        ({ name }) => (input.name === undefined || name === input.name) && input.managed !== false,
      );
      const { items, ...rest } = page(all, input);
      return { ...rest, items: items.map(summary) };
    },
    GetEnvironmentBlueprint: ({ domainIdentifier, identifier }: Identified) =>
      summary(getBlueprint(state, domainIdentifier, identifier)),

    PutEnvironmentBlueprintConfiguration: (input: PutInput, call: Call) => {
      const { domainIdentifier: domainId, environmentBlueprintIdentifier: blueprintId } = input;
      getBlueprint(state, domainId, blueprintId);
      const id = `${domainId}/${blueprintId}`;
      const now = call.now();
      const put = {
        id,
        domainId,
        blueprintId,
        enabledRegions: input.enabledRegions,
        createdMs: state.find('environment blueprint configuration', domainId, id)?.createdMs ?? now,
        updatedMs: now,
        members: pick(input, kept),
      };
      state.save('environment blueprint configuration', put);
      return configuration(put);
    },
    GetEnvironmentBlueprintConfiguration: (input: Omit<PutInput, 'enabledRegions'>) => {
      const { domainIdentifier: domainId, environmentBlueprintIdentifier: blueprintId } = input;
      return configuration(
        state.get('environment blueprint configuration', domainId, `${domainId}/${blueprintId}`),
      );
    },
    ListEnvironmentBlueprintConfigurations: (input: InDomain & Paging) => {
      const all = state.list('environment blueprint configuration', input.domainIdentifier);
      const { items, ...rest } = page(all, input);
      return { ...rest, items: items.map(configuration) };
    },
  };
}
