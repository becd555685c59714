import { randomUUID } from 'node:crypto';
import type { Call, Operation } from '../framework/types.js';
import { incompatibility } from './avro/compatibility.js';
import type { GlueContext } from './context.js';
import { canonicalDefinition, checkDefinition, definitionProblem } from './definitions.js';
import { jsonPatch } from './json-patch.js';
import {
  defaultRegistry,
  findSchema,
  findVersion,
  page,
  placeOf,
  statusOf,
  type SchemaId,
  type VersionNumber,
} from './lookup.js';
import { beingChanged, invalidInput, limitExceeded, versionIdNotFound, versionNotFound } from './refusals.js';
import { refuseWhilePending } from './schemas.js';
import type { DataFormat, Schema, SchemaVersion } from './state.js';

interface GetVersionInput {
  readonly SchemaId?: SchemaId;
  readonly SchemaVersionId?: string;
  readonly SchemaVersionNumber?: VersionNumber;
}

/**
 * Operations on versions of schemas
 * (https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-schema-registry-api.html).
 *
 * ```
 * RegisterSchemaVersion ──► PENDING ──(check passed)──► AVAILABLE
 *        │  nothing to check     └────(check failed)──► FAILURE
 *        └────────────────────────────────────────────► AVAILABLE
 * ```
 *
 * A version that failed keeps its number and its id: it is listed, answered for its definition and never the latest.
 */
export function versionOperations(context: GlueContext): Record<string, Operation> {
  const { state } = context;
  return {
    RegisterSchemaVersion: (input: { SchemaId: SchemaId; SchemaDefinition: string }, call: Call) =>
      registerVersion(context, findSchema(state, input.SchemaId), input.SchemaDefinition, call.now()),

    GetSchemaVersion: (input: GetVersionInput, call: Call) => {
      const { schema, version } = findByInput(context, input, call.now());
      return {
        SchemaVersionId: version.id,
        SchemaDefinition: version.definition,
        DataFormat: schema.dataFormat,
        SchemaArn: schema.arn,
        VersionNumber: version.number,
        Status: statusOf(version, call.now()),
        CreatedTime: new Date(version.created).toISOString(),
      };
    },

    GetSchemaByDefinition: (input: { SchemaId: SchemaId; SchemaDefinition: string }, call: Call) => {
      const schema = findSchema(state, input.SchemaId, defaultRegistry);
      checkDefinition(schema.dataFormat, input.SchemaDefinition);
      const version = findByDefinition(context, schema, input.SchemaDefinition);
      if (version === undefined) throw versionNotFound(placeOf(schema), undefined, false);
      return {
        SchemaVersionId: version.id,
        SchemaArn: schema.arn,
        DataFormat: schema.dataFormat,
        Status: statusOf(version, call.now()),
        CreatedTime: new Date(version.created).toISOString(),
      };
    },

    ListSchemaVersions: (
      input: { SchemaId: SchemaId; MaxResults?: number; NextToken?: string },
      call: Call,
    ) => {
      const schema = findSchema(state, input.SchemaId);
      const { entries, token } = page(state.versionsOf(schema.arn), input.MaxResults, input.NextToken);
      const schemas = entries.map((version) => ({
        SchemaArn: schema.arn,
        SchemaVersionId: version.id,
        VersionNumber: version.number,
        Status: statusOf(version, call.now()),
        CreatedTime: new Date(version.created).toISOString(),
      }));
      return { Schemas: schemas, ...token };
    },

    CheckSchemaVersionValidity: (input: { DataFormat: DataFormat; SchemaDefinition: string }) => {
      const problem = definitionProblem(input.DataFormat, input.SchemaDefinition);
      return problem === undefined ? { Valid: true } : { Valid: false, Error: problem.slice(0, 5000) };
    },

    GetSchemaVersionsDiff: (
      input: {
        SchemaId: SchemaId;
        FirstSchemaVersionNumber: VersionNumber;
        SecondSchemaVersionNumber: VersionNumber;
      },
      call: Call,
    ) => {
      const schema = findSchema(state, input.SchemaId);
      if (schema.dataFormat === 'PROTOBUF')
        throw invalidInput('Versions of PROTOBUF data format have no JSON diff.');
      const first = findVersion(state, schema, input.FirstSchemaVersionNumber, call.now());
      const second = findVersion(state, schema, input.SecondSchemaVersionNumber, call.now());
      return { Diff: JSON.stringify(jsonPatch(JSON.parse(first.definition), JSON.parse(second.definition))) };
    },

    DeleteSchemaVersions: (input: { SchemaId: SchemaId; Versions: string }, call: Call) =>
      deleteVersions(context, findSchema(state, input.SchemaId), input.Versions, call.now()),
  };
}

function registerVersion(context: GlueContext, schema: Schema, definition: string, now: number): object {
  const { state, limits, pendingMs } = context;
  const { compatibility, dataFormat } = schema;
  if (compatibility === 'DISABLED') {
    throw invalidInput(
      `Compatibility DISABLED does not allow versioning. SchemaId: SchemaId(schemaArn=${schema.arn}, schemaName=${schema.name}, registryName=${schema.registry})`,
    );
  }
  checkDefinition(dataFormat, definition);
  const known = findByDefinition(context, schema, definition);
  if (known !== undefined) return registered(known, now);
  if (state.versionCount >= limits.schemaVersions) throw limitExceeded('schema versions');

  const accepted = state
    .versionsOf(schema.arn)
    .filter(({ verdict, number }) => verdict === 'AVAILABLE' && number >= schema.checkpoint);
  const previous = accepted.map((version) => version.definition);
  const problem = incompatibility(compatibility, definition, previous);
  const version: SchemaVersion = {
    id: randomUUID(),
    schemaArn: schema.arn,
    number: schema.nextVersion,
    definition,
    canonical: canonicalDefinition(dataFormat, definition),
    verdict: problem === undefined ? 'AVAILABLE' : 'FAILURE',
    decidedAt: compatibility === 'NONE' ? now : now + pendingMs,
    created: now,
  };
  state.putSchema({ ...schema, nextVersion: schema.nextVersion + 1, updated: now });
  state.putVersion(version);
  return registered(version, now);
}

const registered = (version: SchemaVersion, now: number): object => ({
  SchemaVersionId: version.id,
  VersionNumber: version.number,
  Status: statusOf(version, now),
});

function findByDefinition(
  context: GlueContext,
  schema: Schema,
  definition: string,
): SchemaVersion | undefined {
  const canonical = canonicalDefinition(schema.dataFormat, definition);
  return context.state.versionsOf(schema.arn).find((version) => version.canonical === canonical);
}

function findByInput(
  { state }: GlueContext,
  input: GetVersionInput,
  now: number,
): { schema: Schema; version: SchemaVersion } {
  const { SchemaVersionId: id, SchemaId: schemaId, SchemaVersionNumber: number } = input;
  if (id === undefined) {
    if (schemaId === undefined) {
      throw invalidInput('At least one of (registryName and schemaName) or schemaArn has to be provided.');
    }
    const schema = findSchema(state, schemaId);
    return { schema, version: findVersion(state, schema, number, now) };
  }
  if (schemaId !== undefined || number !== undefined) {
    throw invalidInput('No other input parameters can be specified when fetching by SchemaVersionId.');
  }
  const version = state.version(id);
  const schema = version === undefined ? undefined : state.schemas.get(version.schemaArn);
  if (version === undefined || schema === undefined) throw versionIdNotFound(id);
  return { schema, version };
}

/**
 * Deletes one version (`5`) or a range (`5-8`). The checkpoint makes the whole call fail («409 conflict»); the first
 * version, which only DeleteSchema deletes, and numbers without a version are reported while the others go.
 */
function deleteVersions(context: GlueContext, schema: Schema, range: string, now: number): object {
  const { state } = context;
  const [first = 0, last = first] = range.split('-').map(Number);
  if (last < first) throw invalidInput(`The version range is not valid: ${range}`);
  if (last > 100_000) throw invalidInput('A version number is at most 100000.');
  refuseWhilePending(context, schema, now);
  if (schema.checkpoint > 1 && schema.checkpoint >= first && schema.checkpoint <= last) {
    throw beingChanged(schema.arn, `Version ${schema.checkpoint} is the checkpoint.`);
  }
  const versions = new Map(state.versionsOf(schema.arn).map((version) => [version.number, version]));
  const errors: object[] = [];
  for (let number = first; number <= last && number < schema.nextVersion; number++) {
    const version = versions.get(number);
    if (number === 1)
      errors.push(deletionError(1, 'InvalidInputException', 'The first version cannot be deleted.'));
    else if (version !== undefined) state.removeVersion(version.id);
    else errors.push(deletionError(number, 'EntityNotFoundException', 'Schema version is not found.'));
  }
  if (first >= schema.nextVersion) {
    errors.push(deletionError(first, 'EntityNotFoundException', 'Schema version is not found.'));
  }
  return { SchemaVersionErrors: errors };
}

const deletionError = (number: number, code: string, message: string): object => ({
  VersionNumber: number,
  ErrorDetails: { ErrorCode: code, ErrorMessage: message },
});
