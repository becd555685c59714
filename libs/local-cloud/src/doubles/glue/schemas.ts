import { randomUUID } from 'node:crypto';
import type { Call, Operation } from '../framework/types.js';
import type { Compatibility } from './avro/compatibility.js';
import type { GlueContext } from './context.js';
import { canonicalDefinition, checkDefinition, checkSupported } from './definitions.js';
import {
  defaultRegistry,
  findRegistry,
  findSchema,
  findVersion,
  latestVersion,
  page,
  registryName,
  statusOf,
  type RegistryId,
  type SchemaId,
  type VersionNumber,
} from './lookup.js';
import { alreadyExists, beingChanged, invalidInput, limitExceeded } from './refusals.js';
import { createRegistry } from './registries.js';
import type { DataFormat, Registry, Schema } from './state.js';

interface CreateInput {
  readonly RegistryId?: RegistryId;
  readonly SchemaName: string;
  readonly DataFormat: DataFormat;
  readonly Compatibility?: Compatibility;
  readonly Description?: string;
  readonly Tags?: Readonly<Record<string, string>>;
  readonly SchemaDefinition?: string;
}

interface UpdateInput {
  readonly SchemaId: SchemaId;
  readonly SchemaVersionNumber?: VersionNumber;
  readonly Compatibility?: Compatibility;
  readonly Description?: string;
}

/**
 * Operations on schemas
 * (https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-schema-registry-api.html). A schema's first version is
 * AVAILABLE at once: there is nothing to compare it with.
 */
export function schemaOperations(context: GlueContext): Record<string, Operation> {
  const { state } = context;
  return {
    CreateSchema: (input: CreateInput, call: Call) => createSchema(context, input, call.now()),

    GetSchema: (input: { SchemaId: SchemaId }, call: Call) => {
      const schema = findSchema(state, input.SchemaId);
      return {
        ...described(schema),
        RegistryArn: state.registries.get(schema.registry)?.arn,
        DataFormat: schema.dataFormat,
        Compatibility: schema.compatibility,
        SchemaCheckpoint: schema.checkpoint,
        LatestSchemaVersion: latestVersion(state, schema, call.now())?.number,
        NextSchemaVersion: schema.nextVersion,
      };
    },

    ListSchemas: (input: { RegistryId?: RegistryId; MaxResults?: number; NextToken?: string }) => {
      const all =
        input.RegistryId === undefined
          ? [...state.schemas.values()]
          : state.schemasOf(findRegistry(state, input.RegistryId).name);
      const { entries, token } = page(all, input.MaxResults, input.NextToken);
      return { Schemas: entries.map(described), ...token };
    },

    UpdateSchema: (input: UpdateInput, call: Call) => updateSchema(context, input, call.now()),

    DeleteSchema: (input: { SchemaId: SchemaId }, call: Call) => {
      const schema = findSchema(state, input.SchemaId);
      refuseWhilePending(context, schema, call.now());
      state.removeSchema(schema.arn);
      return { SchemaArn: schema.arn, SchemaName: schema.name, Status: 'DELETING' };
    },
  };
}

function createSchema(context: GlueContext, input: CreateInput, now: number): object {
  const { state, limits } = context;
  const registry = registryForSchema(context, input.RegistryId, now);
  const { SchemaName: name, DataFormat: dataFormat, SchemaDefinition: definition } = input;
  if (state.schemasOf(registry.name).some((schema) => schema.name === name))
    throw alreadyExists('Schema', name);
  // The model lets it out, the text does not say what a schema without a version would be.
  if (definition === undefined) throw invalidInput('Schema definition has to be provided.');
  const compatibility = input.Compatibility ?? 'BACKWARD';
  checkSupported(dataFormat, compatibility);
  checkDefinition(dataFormat, definition);
  if (state.versionCount >= limits.schemaVersions) throw limitExceeded('schema versions');
  const schema: Schema = {
    registry: registry.name,
    name,
    arn: `${context.arnPrefix}:schema/${registry.name}/${name}`,
    dataFormat,
    compatibility,
    checkpoint: 1,
    nextVersion: 2,
    created: now,
    updated: now,
    ...(input.Description === undefined ? {} : { description: input.Description }),
  };
  const id = randomUUID();
  state.putSchema(schema);
  state.putVersion({
    id,
    schemaArn: schema.arn,
    number: 1,
    definition,
    canonical: canonicalDefinition(dataFormat, definition),
    verdict: 'AVAILABLE',
    decidedAt: now,
    created: now,
  });
  return {
    RegistryName: registry.name,
    RegistryArn: registry.arn,
    SchemaName: name,
    SchemaArn: schema.arn,
    Description: schema.description,
    DataFormat: dataFormat,
    Compatibility: compatibility,
    SchemaCheckpoint: 1,
    LatestSchemaVersion: 1,
    NextSchemaVersion: 2,
    SchemaStatus: 'AVAILABLE',
    Tags: input.Tags,
    SchemaVersionId: id,
    SchemaVersionStatus: 'AVAILABLE',
  };
}

/** «When this API is called without a RegistryId, this will create an entry for a "default-registry"». */
function registryForSchema(context: GlueContext, id: RegistryId | undefined, now: number): Registry {
  if (registryName(id) === defaultRegistry && !context.state.registries.has(defaultRegistry)) {
    return createRegistry(context, defaultRegistry, now);
  }
  return findRegistry(context.state, id);
}

/** «One of VersionNumber or Compatibility has to be provided»; a mode needs a checkpoint, a checkpoint no mode. */
function updateSchema(context: GlueContext, input: UpdateInput, now: number): object {
  const { state } = context;
  const schema = findSchema(state, input.SchemaId);
  const { SchemaVersionNumber: number, Compatibility: compatibility, Description: description } = input;
  if (number === undefined && compatibility === undefined && description === undefined) {
    throw invalidInput('One of version number (or) compatibility is required.');
  }
  if (number === undefined && compatibility !== undefined) {
    throw invalidInput('One of version number (or) latest version is required.');
  }
  if (compatibility !== undefined) checkSupported(schema.dataFormat, compatibility);
  refuseWhilePending(context, schema, now);
  const checkpoint = number === undefined ? undefined : findVersion(state, schema, number, now);
  if (checkpoint !== undefined && checkpoint.verdict !== 'AVAILABLE') {
    throw invalidInput(
      `Schema version ${checkpoint.number} is in FAILURE status and cannot be a checkpoint.`,
    );
  }
  state.putSchema({
    ...schema,
    updated: now,
    ...(checkpoint === undefined ? {} : { checkpoint: checkpoint.number }),
    ...(compatibility === undefined ? {} : { compatibility }),
    ...(description === undefined ? {} : { description }),
  });
  return { SchemaArn: schema.arn, SchemaName: schema.name, RegistryName: schema.registry };
}

/**
 * The evolution check of a version is a modification in progress: what would change under it is refused. AWS says
 * of `ConcurrentModificationException` no more than «two processes are trying to modify a resource simultaneously».
 */
export function refuseWhilePending(context: GlueContext, schema: Schema, now: number): void {
  const pending = context.state
    .versionsOf(schema.arn)
    .find((version) => statusOf(version, now) === 'PENDING');
  if (pending !== undefined) throw beingChanged(schema.arn, `Version ${pending.number} is PENDING.`);
}

const described = (schema: Schema): object => ({
  RegistryName: schema.registry,
  SchemaName: schema.name,
  SchemaArn: schema.arn,
  Description: schema.description,
  SchemaStatus: 'AVAILABLE',
  CreatedTime: new Date(schema.created).toISOString(),
  UpdatedTime: new Date(schema.updated).toISOString(),
});
