import type { Call, Operation } from '../framework/types.js';
import type { GlueContext } from './context.js';
import { findRegistry, page, type RegistryId } from './lookup.js';
import { alreadyExists, limitExceeded } from './refusals.js';
import type { Registry } from './state.js';

interface CreateInput {
  readonly RegistryName: string;
  readonly Description?: string;
  readonly Tags?: Readonly<Record<string, string>>;
}

/**
 * Operations on registries
 * (https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-schema-registry-api.html). Deleting is done when it is
 * answered: the answer says DELETING as Glue's does, and the next call no longer finds the registry.
 */
export function registryOperations(context: GlueContext): Record<string, Operation> {
  const { state } = context;
  return {
    CreateRegistry: (input: CreateInput, call: Call) => {
      if (state.registries.has(input.RegistryName)) throw alreadyExists('Registry', input.RegistryName);
      const registry = createRegistry(context, input.RegistryName, call.now(), input.Description);
      return {
        RegistryName: registry.name,
        RegistryArn: registry.arn,
        Description: registry.description,
        Tags: input.Tags,
      };
    },

    GetRegistry: (input: { RegistryId: RegistryId }) => described(findRegistry(state, input.RegistryId)),

    ListRegistries: (input: { MaxResults?: number; NextToken?: string }) => {
      const { entries, token } = page([...state.registries.values()], input.MaxResults, input.NextToken);
      return { Registries: entries.map(described), ...token };
    },

    UpdateRegistry: (input: { RegistryId: RegistryId; Description: string }, call: Call) => {
      const registry = findRegistry(state, input.RegistryId);
      state.putRegistry({ ...registry, description: input.Description, updated: call.now() });
      return { RegistryName: registry.name, RegistryArn: registry.arn };
    },

    DeleteRegistry: (input: { RegistryId: RegistryId }) => {
      const registry = findRegistry(state, input.RegistryId);
      state.removeRegistry(registry.name);
      return { RegistryName: registry.name, RegistryArn: registry.arn, Status: 'DELETING' };
    },
  };
}

/** @throws ModelledError `ResourceNumberLimitExceededException` */
export function createRegistry(
  context: GlueContext,
  name: string,
  now: number,
  description?: string,
): Registry {
  if (context.state.registries.size >= context.limits.registries) throw limitExceeded('registries');
  const registry: Registry = {
    name,
    arn: `${context.arnPrefix}:registry/${name}`,
    created: now,
    updated: now,
    ...(description === undefined ? {} : { description }),
  };
  context.state.putRegistry(registry);
  return registry;
}

const described = (registry: Registry): object => ({
  RegistryName: registry.name,
  RegistryArn: registry.arn,
  Description: registry.description,
  Status: 'AVAILABLE',
  CreatedTime: new Date(registry.created).toISOString(),
  UpdatedTime: new Date(registry.updated).toISOString(),
});
