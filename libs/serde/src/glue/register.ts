import {
  CreateRegistryCommand,
  CreateSchemaCommand,
  GetSchemaCommand,
  RegisterSchemaVersionCommand,
} from '@aws-sdk/client-glue';
import type { Compatibility as GlueCompatibility } from '@aws-sdk/client-glue';
import { isNamed, reasonOf } from '../cause.js';
import { SerdeError } from '../errors.js';
import { outage, settledVersion, timeLimit } from './calls.js';
import { connectGlue } from './client.js';
import type { Glue, GlueConnection } from './client.js';

/** What a new version must remain able to do with the versions before it. */
export type Compatibility = GlueCompatibility;

export interface SchemaRegistration extends GlueConnection {
  readonly schemaName: string;
  /** The Avro schema as JSON text. */
  readonly definition: string;
  /** Of the schema, when it is created. Default `BACKWARD_ALL`. */
  readonly compatibility?: Compatibility;
}

export interface RegisteredVersion {
  readonly versionId: string;
  /** Counts from 1. */
  readonly versionNumber: number;
}

/**
 * Makes sure that the registry, the schema and a version with this definition exist, and waits until it is AVAILABLE.
 * A definition that is there already keeps its id; calling again, or beside another caller, changes nothing. For
 * provisioning only: applications look up.
 * @throws SerdeError `INCOMPATIBLE` where the registry refuses the definition, `REGISTRY_MISMATCH` where the schema
 *   exists with another format or compatibility, `BAD_SCHEMA`, `VERSION_PENDING`, `REGISTRY_UNAVAILABLE`
 */
export async function registerSchema(registration: SchemaRegistration): Promise<RegisteredVersion> {
  const glue = connectGlue(registration);
  try {
    await ensureRegistry(glue);
    const first = await createSchema(glue, registration);
    const version = first ?? (await registerVersion(glue, registration));
    return await settled(glue, registration, version);
  } finally {
    if (registration.client === undefined) glue.client.destroy();
  }
}

interface Version {
  readonly SchemaVersionId?: string | undefined;
  readonly VersionNumber?: number | undefined;
  readonly Status?: string | undefined;
}

async function ensureRegistry(glue: Glue): Promise<void> {
  try {
    await glue.client.send(new CreateRegistryCommand({ RegistryName: glue.registryName }), timeLimit(glue));
  } catch (error) {
    // Two provisioning runs at once, or the second one.
    if (isNamed(error, 'AlreadyExistsException')) return;
    throw outage(error, glue, 'CreateRegistry', {});
  }
}

/** @returns the first version, or `undefined` where the schema was there already, as it was asked for */
async function createSchema(glue: Glue, registration: SchemaRegistration): Promise<Version | undefined> {
  const { schemaName, definition, compatibility = 'BACKWARD_ALL' } = registration;
  const where = { schemaName };
  try {
    const created = await glue.client.send(
      new CreateSchemaCommand({
        RegistryId: { RegistryName: glue.registryName },
        SchemaName: schemaName,
        DataFormat: 'AVRO',
        Compatibility: compatibility,
        SchemaDefinition: definition,
      }),
      timeLimit(glue),
    );
    return {
      SchemaVersionId: created.SchemaVersionId,
      VersionNumber: 1,
      Status: created.SchemaVersionStatus,
    };
  } catch (error) {
    if (isNamed(error, 'InvalidInputException')) throw refused(error, where);
    if (!isNamed(error, 'AlreadyExistsException')) throw outage(error, glue, 'CreateSchema', where);
  }
  const schema = await getSchema(glue, schemaName);
  if (schema.DataFormat !== 'AVRO' || schema.Compatibility !== compatibility) {
    throw new SerdeError(
      'REGISTRY_MISMATCH',
      `the schema exists as ${schema.DataFormat} with ${schema.Compatibility}, not as AVRO with ${compatibility}; ` +
        'update it by hand if that is meant',
      where,
    );
  }
  return undefined;
}

async function getSchema(glue: Glue, schemaName: string) {
  try {
    return await glue.client.send(
      new GetSchemaCommand({ SchemaId: { RegistryName: glue.registryName, SchemaName: schemaName } }),
      timeLimit(glue),
    );
  } catch (error) {
    throw outage(error, glue, 'GetSchema', { schemaName });
  }
}

async function registerVersion(glue: Glue, registration: SchemaRegistration): Promise<Version> {
  const { schemaName, definition } = registration;
  try {
    return await glue.client.send(
      new RegisterSchemaVersionCommand({
        SchemaId: { RegistryName: glue.registryName, SchemaName: schemaName },
        SchemaDefinition: definition,
      }),
      timeLimit(glue),
    );
  } catch (error) {
    if (isNamed(error, 'InvalidInputException')) throw refused(error, { schemaName });
    throw outage(error, glue, 'RegisterSchemaVersion', { schemaName });
  }
}

async function settled(
  glue: Glue,
  registration: SchemaRegistration,
  version: Version,
): Promise<RegisteredVersion> {
  const { schemaName } = registration;
  const { SchemaVersionId: id, VersionNumber: versionNumber } = version;
  if (id === undefined || versionNumber === undefined) {
    throw outage(new Error('an answer without version'), glue, 'RegisterSchemaVersion', { schemaName });
  }
  const versionId = id.toLowerCase();
  const where = { schemaName, versionId };
  const status = version.Status === 'PENDING' ? await decision(glue, versionId, where) : version.Status;
  if (status === 'AVAILABLE') return { versionId, versionNumber };
  throw new SerdeError(
    'INCOMPATIBLE',
    `the registry refuses version ${versionNumber} (${status ?? 'no status'}): under the schema's compatibility it may ` +
      'not follow the versions before it',
    where,
  );
}

/** A refused version may be gone by the time it is asked for. */
async function decision(
  glue: Glue,
  versionId: string,
  where: { schemaName: string },
): Promise<string | undefined> {
  try {
    return (await settledVersion(glue, versionId, where)).Status;
  } catch (error) {
    if (error instanceof SerdeError && error.code === 'VERSION_NOT_FOUND') return 'FAILURE';
    throw error;
  }
}

function refused(cause: unknown, where: { schemaName: string }): SerdeError {
  return new SerdeError('BAD_SCHEMA', `the registry takes no such schema: ${reasonOf(cause)}`, where, {
    cause,
  });
}
