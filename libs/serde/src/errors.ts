/**
 * What is wrong with the bytes:
 * - `FRAME_TRUNCATED`: too short to hold a frame's header.
 * - `FRAME_FORMAT`: the header's version or compression byte is none of the format.
 * - `INFLATE_FAILED`: the compressed body is no whole zlib stream.
 * - `TOO_LARGE`: the body, inflated where compressed, is larger than the limit.
 * - `TRUNCATED`: the body ends within a value. `TRAILING_BYTES`: it goes on after the last one.
 * - `INVALID_LENGTH`: a negative length, or one that disagrees with what it measures.
 * - `INVALID_COUNT`: an array or map claims more items than the remaining bytes can hold.
 * - `INVALID_NUMBER`: an int or long encoded in more bits than it has, or a boolean that is neither 0 nor 1.
 * - `NUMBER_OUT_OF_RANGE`: a long that a JavaScript number does not hold exactly.
 * - `INVALID_ENUM`, `INVALID_UNION`: an index outside the symbols or branches.
 * - `INVALID_UTF8`: a string that is none.
 * - `FORBIDDEN_KEY`: a map key that would change the decoded object's prototype.
 * - `TOO_DEEP`, `TOO_MANY_ITEMS`: nested or repeated beyond the limit.
 * - `UNREADABLE`: well-formed, but not readable under the reader's schema.
 *
 * What is wrong with a value to be written:
 * - `INVALID_VALUE`: does not fit its schema.
 *
 * What is wrong with a schema or its registry:
 * - `BAD_SCHEMA`: no Avro schema, or one with names that cannot be handled safely.
 * - `INCOMPATIBLE`: the writer's schema cannot be read as the reader's; or the registry refuses it as a new version.
 * - `SCHEMA_NOT_FOUND`: the registry has no schema of this name.
 * - `VERSION_NOT_FOUND`: the registry has no version of this id, or the schema none of this definition.
 * - `VERSION_UNUSABLE`: the registry rejected the version, or is deleting it.
 * - `SCHEMA_NOT_LOADED`: {@link AvroSerde.deserialize} without {@link AvroSerde.prepare} for this schema.
 * - `VERSION_PENDING`: the registry has not made up its mind in time. Retriable.
 * - `REGISTRY_UNAVAILABLE`: no answer, throttled, a fault of the registry, or access denied. Retriable.
 * - `REGISTRY_MISMATCH`: the registry has the schema with other settings than asked for.
 */
export type SerdeErrorCode =
  | 'FRAME_TRUNCATED'
  | 'FRAME_FORMAT'
  | 'INFLATE_FAILED'
  | 'TOO_LARGE'
  | 'TRUNCATED'
  | 'TRAILING_BYTES'
  | 'INVALID_LENGTH'
  | 'INVALID_COUNT'
  | 'INVALID_NUMBER'
  | 'NUMBER_OUT_OF_RANGE'
  | 'INVALID_ENUM'
  | 'INVALID_UNION'
  | 'INVALID_UTF8'
  | 'FORBIDDEN_KEY'
  | 'TOO_DEEP'
  | 'TOO_MANY_ITEMS'
  | 'UNREADABLE'
  | 'INVALID_VALUE'
  | 'BAD_SCHEMA'
  | 'INCOMPATIBLE'
  | 'SCHEMA_NOT_FOUND'
  | 'VERSION_NOT_FOUND'
  | 'VERSION_UNUSABLE'
  | 'SCHEMA_NOT_LOADED'
  | 'VERSION_PENDING'
  | 'REGISTRY_UNAVAILABLE'
  | 'REGISTRY_MISMATCH';

/** Where a fault is, as far as known. */
export interface SerdeErrorWhere {
  readonly topic?: string;
  readonly schemaName?: string;
  /** The id of the writer's schema version. */
  readonly versionId?: string;
  /** As `Interaction.positionMs`, `Song.genres[]`, `Props.values{}`. */
  readonly field?: string;
  /** In bytes, from the start of the Avro body. */
  readonly position?: number;
}

/** Every error of this library. */
export class SerdeError extends Error {
  override readonly name = 'SerdeError';
  readonly code: SerdeErrorCode;
  readonly where: SerdeErrorWhere;
  /** The same call may succeed later; the record is not at fault. */
  readonly retriable: boolean;
  readonly #what: string;

  constructor(
    code: SerdeErrorCode,
    what: string,
    where: SerdeErrorWhere = {},
    options: { cause?: unknown } = {},
  ) {
    super(`${what}${describe(where)}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.where = where;
    this.retriable =
      code === 'REGISTRY_UNAVAILABLE' || code === 'VERSION_PENDING' || code === 'SCHEMA_NOT_LOADED';
    this.#what = what;
  }

  /** The same error, knowing more of where it happened. */
  at(more: SerdeErrorWhere): SerdeError {
    return new SerdeError(this.code, this.#what, { ...more, ...this.where }, { cause: this.cause });
  }
}

function describe(where: SerdeErrorWhere): string {
  const parts = [
    where.topic === undefined ? undefined : `topic ${where.topic}`,
    where.schemaName === undefined ? undefined : `schema ${where.schemaName}`,
    where.versionId === undefined ? undefined : `version ${where.versionId}`,
    where.field === undefined ? undefined : `field ${where.field}`,
    where.position === undefined ? undefined : `byte ${where.position}`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}
