import { createHash } from 'node:crypto';
import { GetSchemaByDefinitionCommand } from '@aws-sdk/client-glue';
import { LruCache } from '../cache/lru.js';
import { SingleFlight } from '../cache/single-flight.js';
import { isNamed, reasonOf } from '../cause.js';
import { SerdeError } from '../errors.js';
import type { RegisteredSchema, SchemaRegistry } from '../registry.js';
import { outage, settledVersion, timeLimit } from './calls.js';
import { connectGlue } from './client.js';
import type { Glue, GlueConnection } from './client.js';

export interface GlueRegistryOptions extends GlueConnection {
  /** Schemas, and ids, kept. They never change, so they are kept until others push them out. Default 1,000. */
  readonly cacheSize?: number;
  /** How long "no such version" is believed, so that a flood of unknown ids is not a flood of calls. Default 5,000 ms. */
  readonly notFoundTtlMs?: number;
  /** Milliseconds on a clock that only goes forward. Default the process's. */
  readonly clock?: () => number;
}

/**
 * Looks schemas up in the AWS Glue Schema Registry. It needs `glue:GetSchemaVersion` and
 * `glue:GetSchemaByDefinition` on the registry and its schemas. Errors are those of {@link SchemaRegistry}; an outage
 * is never cached.
 */
export function glueSchemaRegistry(options: GlueRegistryOptions): SchemaRegistry {
  return new GlueSchemaRegistry(options);
}

class GlueSchemaRegistry implements SchemaRegistry {
  readonly #glue: Glue;
  readonly #clock: () => number;
  readonly #notFoundTtlMs: number;
  readonly #schemas: LruCache<RegisteredSchema>;
  readonly #ids: LruCache<string>;
  readonly #notFound: LruCache<{ readonly error: SerdeError; readonly until: number }>;
  readonly #schemaCalls = new SingleFlight<RegisteredSchema>();
  readonly #idCalls = new SingleFlight<string>();

  constructor(options: GlueRegistryOptions) {
    const cacheSize = options.cacheSize ?? 1_000;
    this.#glue = connectGlue(options);
    this.#clock = options.clock ?? (() => performance.now());
    this.#notFoundTtlMs = options.notFoundTtlMs ?? 5_000;
    this.#schemas = new LruCache(cacheSize);
    this.#ids = new LruCache(cacheSize);
    this.#notFound = new LruCache(cacheSize);
  }

  async schemaById(versionId: string): Promise<RegisteredSchema> {
    const id = versionId.toLowerCase();
    const known = this.#schemas.get(id);
    if (known !== undefined) return known;
    this.#throwIfNotFound(id);
    return this.#schemaCalls.run(id, async () => {
      const schema = await this.#remembering(id, () => this.#fetchById(id));
      this.#schemas.set(id, schema);
      return schema;
    });
  }

  async versionIdOf(schemaName: string, definition: string): Promise<string> {
    const key = `${schemaName}\0${createHash('sha256').update(definition).digest('base64')}`;
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    this.#throwIfNotFound(key);
    return this.#idCalls.run(key, async () => {
      const id = await this.#remembering(key, () => this.#fetchId(schemaName, definition));
      this.#ids.set(key, id);
      return id;
    });
  }

  async #fetchById(versionId: string): Promise<RegisteredSchema> {
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

  async #fetchId(schemaName: string, definition: string): Promise<string> {
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

  #throwIfNotFound(key: string): void {
    const entry = this.#notFound.get(key);
    if (entry === undefined) return;
    if (entry.until > this.#clock()) throw entry.error;
    this.#notFound.delete(key);
  }

  async #remembering<V>(key: string, fetch: () => Promise<V>): Promise<V> {
    try {
      return await fetch();
    } catch (error) {
      if (error instanceof SerdeError && !error.retriable) {
        this.#notFound.set(key, { error, until: this.#clock() + this.#notFoundTtlMs });
      }
      throw error;
    }
  }
}
