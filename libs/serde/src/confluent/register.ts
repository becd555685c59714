import { COMPATIBILITY, SchemaType } from '@kafkajs/confluent-schema-registry';
import { isNamed, reasonOf } from '../cause.js';
import { SerdeError } from '../errors.js';
import { connectConfluent, faultOf, inTime, outage, type ConfluentConnection } from './client.js';

/** What a new version must remain able to do with the version before it, or with all (`_TRANSITIVE`). */
export type ConfluentCompatibility = keyof typeof COMPATIBILITY;

export interface ConfluentRegistration extends ConfluentConnection {
  readonly schemaName: string;
  /** The Avro schema as JSON text. */
  readonly definition: string;
  /** Of the subject, when it is created. Default `BACKWARD_TRANSITIVE`, which Glue calls `BACKWARD_ALL`. */
  readonly compatibility?: ConfluentCompatibility;
}

/**
 * Makes sure that the subject and a version with this definition exist; a definition that is there already keeps its
 * id. For provisioning only: applications look up.
 * @throws SerdeError `INCOMPATIBLE` where the registry refuses the definition, `REGISTRY_MISMATCH` where the subject
 *   exists with another compatibility, `BAD_SCHEMA`, `REGISTRY_UNAVAILABLE`
 */
export async function registerConfluentSchema(
  registration: ConfluentRegistration,
): Promise<{ readonly versionId: string }> {
  const confluent = connectConfluent(registration);
  const { schemaName, definition, compatibility = 'BACKWARD_TRANSITIVE' } = registration;
  const subject = confluent.subjectOf(schemaName);
  const where = { schemaName };
  try {
    const { id } = await inTime(
      confluent,
      confluent.client.register(
        { type: SchemaType.AVRO, schema: definition },
        { subject, compatibility: COMPATIBILITY[compatibility] },
      ),
    );
    return { versionId: String(id) };
  } catch (cause) {
    if (cause instanceof SerdeError) throw cause.at(where);
    if (isNamed(cause, 'ConfluentSchemaRegistryCompatibilityError')) {
      throw new SerdeError('REGISTRY_MISMATCH', `subject ${subject}: ${reasonOf(cause)}`, where, { cause });
    }
    switch (faultOf(cause)) {
      case 'conflict':
        throw new SerdeError('INCOMPATIBLE', `subject ${subject}: ${reasonOf(cause)}`, where, { cause });
      case 'schema':
        throw new SerdeError('BAD_SCHEMA', `no Avro schema: ${reasonOf(cause)}`, where, { cause });
      case 'not found':
      case 'outage':
        throw outage(cause, confluent, where);
    }
  }
}
