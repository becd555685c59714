import type { Framing } from './frame/framing.js';

/** A version of a schema as its registry keeps it. It never changes. */
export interface RegisteredSchema {
  /** As the registry's {@link SchemaRegistry.framing} writes it: a UUID in lower case, or a number in decimal digits. */
  readonly versionId: string;
  /** The Avro schema as JSON text. */
  readonly definition: string;
}

/**
 * Where writers and readers look schemas up. Nothing is registered through it: that is provisioning's work.
 * Every rejection is a {@link SerdeError}; `retriable` where the registry, not the question, is at fault.
 */
export interface SchemaRegistry {
  /** How its ids stand in records. */
  readonly framing: Framing;
  /** @throws SerdeError `VERSION_NOT_FOUND`, `VERSION_UNUSABLE`, `VERSION_PENDING`, `REGISTRY_UNAVAILABLE` */
  schemaById(versionId: string): Promise<RegisteredSchema>;
  /**
   * The id of the version of `schemaName` that has this definition; one still pending is awaited, since nothing may
   * be written under it before.
   * @throws SerdeError as {@link schemaById}, and `SCHEMA_NOT_FOUND`
   */
  versionIdOf(schemaName: string, definition: string): Promise<string>;
}
