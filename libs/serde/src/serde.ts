import { createReader, createWriter } from './avro/codec.js';
import type { AvroReader, AvroWriter } from './avro/codec.js';
import { parseSchema } from './avro/schema.js';
import type { AvroType } from './avro/schema.js';
import { LruCache } from './cache/lru.js';
import { SingleFlight } from './cache/single-flight.js';
import { SerdeError } from './errors.js';
import type { Compression, Framing } from './frame/framing.js';
import { defaultLimits } from './limits.js';
import type { SerdeLimits } from './limits.js';
import type { SchemaRegistry } from './registry.js';

/** What a serde needs of a contract; those of `@mesh/contracts` have it. */
export interface AvroContract<T> {
  readonly schemaName: string;
  readonly schema: object;
  /** Carries the type of the values; never there. */
  readonly valueType?: T;
}

export interface AvroSerdeOptions<T> {
  /** The schema that is written, and that everything is read as. */
  readonly contract: AvroContract<T>;
  readonly registry: SchemaRegistry;
  /** How bodies are packed on writing; every packing is read. Default `none`. */
  readonly compression?: Compression;
  readonly limits?: Partial<SerdeLimits>;
}

/**
 * Values of one contract as Avro in the registry's frame. A `Serde` of a stream library: headers are not looked at, and
 * `null` never reaches it.
 */
export interface AvroSerde<T> {
  /** The id of the schema version that is written. */
  readonly versionId: string;
  /** @throws SerdeError `INVALID_VALUE`, which names the field, or `TOO_LARGE` */
  serialize(topic: string, value: T, headers?: readonly unknown[]): Buffer;
  /**
   * @throws SerdeError for bytes that are no frame, or whose value is not readable as the contract's;
   *   `SCHEMA_NOT_LOADED` where {@link prepare} asked to be awaited and was not
   */
  deserialize(topic: string, data: Buffer, headers?: readonly unknown[]): T;
  /**
   * Where the writer's schema has not been seen yet, the promise that fetches it; else `undefined`. Rejects with a
   * SerdeError, `retriable` where the registry and not the record is at fault. What is wrong with the bytes
   * themselves is left for {@link deserialize} to say.
   */
  prepare(topic: string, data: Buffer): Promise<void> | undefined;
}

/** The text under which a contract's schema is registered and looked up. */
export function definitionOf(contract: { readonly schema: object }): string {
  return JSON.stringify(contract.schema);
}

/**
 * Looks the contract's schema up in the registry, waiting while it is pending, and gives the serde for it.
 * @throws SerdeError `BAD_SCHEMA`, or what {@link SchemaRegistry.versionIdOf} throws
 */
export async function createAvroSerde<T>(options: AvroSerdeOptions<T>): Promise<AvroSerde<T>> {
  const { contract, registry } = options;
  const type = parseSchema(contract.schema);
  const versionId = await registry.versionIdOf(contract.schemaName, definitionOf(contract));
  return new FramedAvroSerde<T>(type, versionId, options);
}

class FramedAvroSerde<T> implements AvroSerde<T> {
  readonly versionId: string;
  readonly #framing: Framing;
  readonly #schemaName: string;
  readonly #registry: SchemaRegistry;
  readonly #limits: SerdeLimits;
  readonly #type: AvroType;
  readonly #header: Buffer;
  readonly #compress: boolean;
  readonly #write: AvroWriter;
  /** By {@link Framing.key}. A schema that cannot be used is kept too, as the error to throw. */
  readonly #readers: LruCache<AvroReader | SerdeError>;
  readonly #loading = new SingleFlight<void>();
  #lastKey: string;
  #lastReader: AvroReader;

  constructor(type: AvroType, versionId: string, options: AvroSerdeOptions<T>) {
    const compression = options.compression ?? 'none';
    const { framing } = options.registry;
    this.versionId = versionId.toLowerCase();
    this.#framing = framing;
    this.#schemaName = options.contract.schemaName;
    this.#registry = options.registry;
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#type = type;
    this.#header = framing.header(versionId, compression);
    this.#compress = compression === 'zlib';
    this.#write = createWriter(type, this.#limits);
    this.#readers = new LruCache(this.#limits.maxSchemas);
    this.#lastKey = framing.key(this.#header);
    this.#lastReader = createReader(type, type, this.#limits);
    this.#readers.set(this.#lastKey, this.#lastReader);
  }

  serialize(topic: string, value: T): Buffer {
    try {
      if (!this.#compress) return this.#write(value, this.#header);
      return this.#framing.write(this.#header, this.#write(value, NOTHING));
    } catch (error) {
      throw located(error, { topic, schemaName: this.#schemaName });
    }
  }

  deserialize(topic: string, data: Buffer): T {
    try {
      this.#framing.check(data);
      const reader = this.#reader(this.#framing.key(data));
      if (reader === undefined) {
        throw new SerdeError(
          'SCHEMA_NOT_LOADED',
          "the writer's schema has not been fetched: await prepare() first",
        );
      }
      if (reader instanceof SerdeError) throw reader;
      // The reader was made for this contract, whose values are of type T.
      return reader(this.#framing.body(data, this.#limits.maxBytes)) as T;
    } catch (error) {
      const where = { topic, schemaName: this.#schemaName };
      throw located(
        error,
        this.#isSound(data) ? { ...where, versionId: this.#framing.versionId(data) } : where,
      );
    }
  }

  prepare(topic: string, data: Buffer): Promise<void> | undefined {
    if (!this.#isSound(data)) return undefined;
    const key = this.#framing.key(data);
    if (this.#reader(key) !== undefined) return undefined;
    const versionId = this.#framing.versionId(data);
    return this.#loading
      .run(versionId, () => this.#load(versionId, key))
      .catch((error: unknown) => {
        throw located(error, { topic, schemaName: this.#schemaName, versionId });
      });
  }

  #isSound(frame: Buffer): boolean {
    try {
      this.#framing.check(frame);
      return true;
    } catch (error) {
      if (error instanceof SerdeError) return false;
      throw error;
    }
  }

  #reader(key: string): AvroReader | SerdeError | undefined {
    if (key === this.#lastKey) return this.#lastReader;
    const reader = this.#readers.get(key);
    if (typeof reader === 'function') {
      this.#lastKey = key;
      this.#lastReader = reader;
    }
    return reader;
  }

  async #load(versionId: string, key: string): Promise<void> {
    const { definition } = await this.#registry.schemaById(versionId);
    this.#readers.set(key, this.#build(definition));
  }

  /** A definition never changes, so what is wrong with it is wrong for good. */
  #build(definition: string): AvroReader | SerdeError {
    try {
      return createReader(parseSchema(definition), this.#type, this.#limits);
    } catch (error) {
      if (error instanceof SerdeError) return error;
      throw error;
    }
  }
}

const NOTHING = Buffer.alloc(0);

function located(error: unknown, where: { topic: string; schemaName: string; versionId?: string }): unknown {
  return error instanceof SerdeError ? error.at(where) : error;
}
