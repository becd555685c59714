import { createHash } from 'node:crypto';
import { SerdeError } from '../errors.js';
import { glueFraming } from '../frame/glue-frame.js';
import type { RegisteredSchema, SchemaRegistry } from '../registry.js';

/** A registry in memory, for tests that need no other. */
export interface MemorySchemaRegistry extends SchemaRegistry {
  /** Registers a definition under a name; the same twice gives the same id, also in another registry. */
  register(schemaName: string, definition: string | object): string;
  /** While true, every look-up is refused as by a registry that cannot be reached. */
  down: boolean;
  /** How often {@link SchemaRegistry.schemaById} was called. */
  readonly lookups: number;
}

/** Knows the given contracts from the start; `schemas` maps a schema's name to its definitions, oldest first. */
export function memorySchemaRegistry(
  schemas: Readonly<Record<string, readonly (string | object)[]>> = {},
): MemorySchemaRegistry {
  const registry = new Memory();
  for (const [name, definitions] of Object.entries(schemas)) {
    for (const definition of definitions) registry.register(name, definition);
  }
  return registry;
}

class Memory implements MemorySchemaRegistry {
  readonly framing = glueFraming;
  down = false;
  lookups = 0;
  readonly #versions = new Map<string, RegisteredSchema>();
  readonly #names = new Set<string>();

  register(schemaName: string, definition: string | object): string {
    const text = typeof definition === 'string' ? definition : JSON.stringify(definition);
    const versionId = idOf(schemaName, text);
    this.#names.add(schemaName);
    this.#versions.set(versionId, { versionId, definition: text });
    return versionId;
  }

  async schemaById(versionId: string): Promise<RegisteredSchema> {
    this.lookups++;
    this.#reach();
    const found = this.#versions.get(versionId.toLowerCase());
    if (found === undefined) {
      throw new SerdeError('VERSION_NOT_FOUND', 'the registry has no schema version of this id', {
        versionId,
      });
    }
    return found;
  }

  async versionIdOf(schemaName: string, definition: string): Promise<string> {
    this.#reach();
    if (!this.#names.has(schemaName)) {
      throw new SerdeError('SCHEMA_NOT_FOUND', 'the registry has no schema of this name', { schemaName });
    }
    const versionId = idOf(schemaName, definition);
    if (!this.#versions.has(versionId)) {
      throw new SerdeError('VERSION_NOT_FOUND', 'the schema has no version with this definition', {
        schemaName,
      });
    }
    return versionId;
  }

  #reach(): void {
    if (this.down) throw new SerdeError('REGISTRY_UNAVAILABLE', 'the registry does not answer');
  }
}

function idOf(schemaName: string, definition: string): string {
  const digits = createHash('sha256').update(`${schemaName}\0${definition}`).digest('hex');
  return [8, 4, 4, 4, 12]
    .map((length, part) => digits.slice([0, 8, 12, 16, 20][part], ([0, 8, 12, 16, 20][part] ?? 0) + length))
    .join('-');
}
