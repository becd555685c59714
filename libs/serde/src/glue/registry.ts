import { GetSchemaByDefinitionCommand } from '@aws-sdk/client-glue';
import { CachedRegistry, type RegistryCacheOptions } from '../cache/cached-registry.js';
import { isNamed, reasonOf } from '../cause.js';
import { SerdeError } from '../errors.js';
import { glueFraming } from '../frame/glue-frame.js';
import type { RegisteredSchema, SchemaRegistry } from '../registry.js';
import { outage, settledVersion, timeLimit } from './calls.js';
import { connectGlue } from './client.js';
import type { Glue, GlueConnection } from './client.js';

export interface GlueRegistryOptions extends GlueConnection, RegistryCacheOptions {}

/**
 * Looks schemas up in the AWS Glue Schema Registry. It needs `glue:GetSchemaVersion` and
 * `glue:GetSchemaByDefinition` on the registry and its schemas. Errors are those of {@link SchemaRegistry}; an outage
 * is never cached.
 */
export function glueSchemaRegistry(options: GlueRegistryOptions): SchemaRegistry {
  return new CachedRegistry(new GlueSchemaRegistry(connectGlue(options)), options);
}

class GlueSchemaRegistry implements SchemaRegistry {
  readonly framing = glueFraming;
  readonly #glue: Glue;

  constructor(glue: Glue) {
    this.#glue = glue;
  }

  async schemaById(versionId: string): Promise<RegisteredSchema> {
    const where = { versionId };
    const version = await settledVersion(this.#glue, versionId, where);
    if (version.Status !== 'AVAILABLE' || version.SchemaDefinition === undefined) {
      throw new SerdeError(
        'VERSION_UNUSABLE',
        `the schema version is ${version.Status ?? 'without status'}`,
        where,
      );
    }
    if (version.DataFormat !== 'AVRO') {
      throw new SerdeError(
        'BAD_SCHEMA',
        `the schema version is ${version.DataFormat ?? 'of no format'}, not AVRO`,
        where,
      );
    }
    return { versionId, definition: version.SchemaDefinition };
  }

  async versionIdOf(schemaName: string, definition: string): Promise<string> {
    const where = { schemaName };
    const { registryName } = this.#glue;
    let found: { SchemaVersionId?: string | undefined; Status?: string | undefined };
    try {
      found = await this.#glue.client.send(
        new GetSchemaByDefinitionCommand({
          SchemaId: { RegistryName: registryName, SchemaName: schemaName },
          SchemaDefinition: definition,
        }),
        timeLimit(this.#glue),
      );
    } catch (error) {
      if (!isNamed(error, 'EntityNotFoundException')) {
        throw outage(error, this.#glue, 'GetSchemaByDefinition', where);
      }
      throw this.#notThere(error, where);
    }
    if (found.SchemaVersionId === undefined) {
      throw outage(
        new Error('an answer without SchemaVersionId'),
        this.#glue,
        'GetSchemaByDefinition',
        where,
      );
    }
    const versionId = found.SchemaVersionId.toLowerCase();
    const status =
      found.Status === 'PENDING'
        ? (await settledVersion(this.#glue, versionId, { ...where, versionId })).Status
        : found.Status;
    if (status === 'AVAILABLE') return versionId;
    throw new SerdeError('VERSION_UNUSABLE', `the schema version is ${status ?? 'without status'}`, {
      ...where,
      versionId,
    });
  }

  /** Glue's one exception has two meanings that only its text tells apart. */
  #notThere(cause: unknown, where: { schemaName: string }): SerdeError {
    const { registryName } = this.#glue;
    if (/schema version is not found/i.test(reasonOf(cause))) {
      return new SerdeError(
        'VERSION_NOT_FOUND',
        `registry ${registryName} has no version of the schema with this definition: provision the contracts first`,
        where,
        { cause },
      );
    }
    return new SerdeError(
      'SCHEMA_NOT_FOUND',
      `registry ${registryName} has no schema of this name (${reasonOf(cause)}): provision the contracts first`,
      where,
      { cause },
    );
  }
}
