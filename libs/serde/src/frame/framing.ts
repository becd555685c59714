/** How a body may be packed. */
export type Compression = 'none' | 'zlib';

/** How the id of the writer's schema is put before the body. A registry and its ids come with one. */
export interface Framing {
  readonly name: 'glue' | 'confluent';
  /** Bytes before the body. */
  readonly headerLength: number;
  /** @throws SerdeError `BAD_SCHEMA` where the id is none of this framing, `FRAME_FORMAT` where it cannot compress */
  header(versionId: string, compression: Compression): Buffer;
  /** Whether this is a frame, by its header. @throws SerdeError `FRAME_TRUNCATED`, `FRAME_FORMAT` */
  check(frame: Buffer): void;
  /** The id in a header that is sound. */
  versionId(frame: Buffer): string;
  /** As {@link versionId}, in the cheapest form that tells ids apart. */
  key(frame: Buffer): string;
  compression(frame: Buffer): Compression;
  /** The Avro body of a frame whose header is sound. @throws SerdeError `TOO_LARGE`, and what unpacking may */
  body(frame: Buffer, maxBytes: number): Buffer;
  /** Puts a body, not yet compressed, behind a header of {@link header}. */
  write(header: Buffer, body: Buffer): Buffer;
}

/** The error message of a first byte that is another framing's. */
export function describeFirstByte(frame: Buffer): string {
  const byte = (frame[0] ?? 0).toString(16).padStart(2, '0');
  const others: Readonly<Record<string, string>> = {
    '00': ', which begins a Confluent frame: set SCHEMA_FRAMING=confluent to read those',
    '03': ', which begins a Glue frame: set SCHEMA_FRAMING=glue to read those',
  };
  return `the first byte is ${byte}${others[byte] ?? '; was it written by another serializer?'}`;
}
