import { createHash } from 'node:crypto';
import { SerdeError } from '../errors.js';
import type { Framing } from '../frame/framing.js';
import type { RegisteredSchema, SchemaRegistry } from '../registry.js';
import { LruCache } from './lru.js';
import { SingleFlight } from './single-flight.js';

export interface RegistryCacheOptions {
  /** Schemas, and ids, kept. They never change, so they are kept until others push them out. Default 1,000. */
  readonly cacheSize?: number;
  /** How long "no such version" is believed, so that a flood of unknown ids is not a flood of calls. Default 5,000 ms. */
  readonly notFoundTtlMs?: number;
  /** Milliseconds on a clock that only goes forward. Default the process's. */
  readonly clock?: () => number;
}

/** Asks a registry once for what it was asked before, or is being asked. An outage is never cached. */
export class CachedRegistry implements SchemaRegistry {
  readonly #origin: SchemaRegistry;
  readonly #clock: () => number;
  readonly #notFoundTtlMs: number;
  readonly #schemas: LruCache<RegisteredSchema>;
  readonly #ids: LruCache<string>;
  readonly #notFound: LruCache<{ readonly error: SerdeError; readonly until: number }>;
  readonly #schemaCalls = new SingleFlight<RegisteredSchema>();
  readonly #idCalls = new SingleFlight<string>();

  constructor(origin: SchemaRegistry, options: RegistryCacheOptions) {
    const cacheSize = options.cacheSize ?? 1_000;
    this.#origin = origin;
    this.#clock = options.clock ?? (() => performance.now());
    this.#notFoundTtlMs = options.notFoundTtlMs ?? 5_000;
    this.#schemas = new LruCache(cacheSize);
    this.#ids = new LruCache(cacheSize);
    this.#notFound = new LruCache(cacheSize);
  }

  get framing(): Framing {
    return this.#origin.framing;
  }

  async schemaById(versionId: string): Promise<RegisteredSchema> {
    const id = versionId.toLowerCase();
    const known = this.#schemas.get(id);
    if (known !== undefined) return known;
    this.#throwIfNotFound(id);
    return this.#schemaCalls.run(id, async () => {
      const schema = await this.#remembering(id, () => this.#origin.schemaById(id));
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
      const id = await this.#remembering(key, () => this.#origin.versionIdOf(schemaName, definition));
      this.#ids.set(key, id);
      return id;
    });
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
