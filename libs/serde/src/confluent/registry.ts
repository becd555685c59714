import { SchemaType } from '@kafkajs/confluent-schema-registry';
import { CachedRegistry, type RegistryCacheOptions } from '../cache/cached-registry.js';
import { reasonOf } from '../cause.js';
import { SerdeError } from '../errors.js';
import { confluentFraming } from '../frame/confluent-frame.js';
import type { RegisteredSchema, SchemaRegistry } from '../registry.js';
import {
  connectConfluent,
  faultOf,
  inTime,
  outage,
  type Confluent,
  type ConfluentConnection,
} from './client.js';

export interface ConfluentRegistryOptions extends ConfluentConnection, RegistryCacheOptions {}

/**
 * Looks schemas up in a registry that speaks the protocol of Confluent's. Ids are numbers, as decimal digits. Errors
 * are those of {@link SchemaRegistry}; an outage is never cached.
 */
export function confluentSchemaRegistry(options: ConfluentRegistryOptions): SchemaRegistry {
  return new CachedRegistry(new ConfluentSchemaRegistry(connectConfluent(options)), options);
}

class ConfluentSchemaRegistry implements SchemaRegistry {
  readonly framing = confluentFraming;
  readonly #confluent: Confluent;

  constructor(confluent: Confluent) {
    this.#confluent = confluent;
  }

  async schemaById(versionId: string): Promise<RegisteredSchema> {
    const { client, url } = this.#confluent;
    const where = { versionId };
    try {
      const schema = await inTime(this.#confluent, client.getSchema(Number(versionId)));
      return { versionId, definition: JSON.stringify(schema) };
    } catch (cause) {
      if (cause instanceof SerdeError) throw cause.at(where);
      switch (faultOf(cause)) {
        case 'not found':
          throw new SerdeError(
            'VERSION_NOT_FOUND',
            `the registry at ${url} has no schema of this id`,
            where,
            {
              cause,
            },
          );
        case 'schema':
          throw new SerdeError('BAD_SCHEMA', `no Avro schema: ${reasonOf(cause)}`, where, { cause });
        case 'conflict':
        case 'outage':
          throw outage(cause, this.#confluent, where);
      }
    } finally {
      // It keeps all it has seen for ever; what is kept here is bounded.
      client.cache.clear();
    }
  }

  async versionIdOf(schemaName: string, definition: string): Promise<string> {
    const { client, url, subjectOf } = this.#confluent;
    const where = { schemaName };
    const subject = subjectOf(schemaName);
    try {
      const schema = { type: SchemaType.AVRO as const, schema: definition };
      return String(await inTime(this.#confluent, client.getRegistryIdBySchema(subject, schema)));
    } catch (cause) {
      if (faultOf(cause) !== 'not found') throw outage(cause, this.#confluent, where);
      // Confluent's text, and Apicurio's.
      const missing = /subject\b.*not found|no artifact/i.test(reasonOf(cause));
      throw new SerdeError(
        missing ? 'SCHEMA_NOT_FOUND' : 'VERSION_NOT_FOUND',
        missing
          ? `the registry at ${url} has no subject ${subject}: provision the contracts first`
          : `subject ${subject} of the registry at ${url} has no version with this definition: provision the contracts first`,
        where,
        { cause },
      );
    }
  }
}
