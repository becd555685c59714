import type { Journal, Journals } from '../journal/types.js';
import type { Compatibility } from './avro/compatibility.js';

export type DataFormat = 'AVRO' | 'JSON' | 'PROTOBUF';

export interface Registry {
  readonly name: string;
  readonly arn: string;
  readonly description?: string;
  /** Milliseconds since the epoch, as all times here. */
  readonly created: number;
  readonly updated: number;
}

export interface Schema {
  readonly registry: string;
  readonly name: string;
  readonly arn: string;
  readonly description?: string;
  readonly dataFormat: DataFormat;
  readonly compatibility: Compatibility;
  /** The number of the version from which on later ones are compared. */
  readonly checkpoint: number;
  readonly nextVersion: number;
  readonly created: number;
  readonly updated: number;
}

export interface SchemaVersion {
  readonly id: string;
  readonly schemaArn: string;
  readonly number: number;
  readonly definition: string;
  /** The definition in the form by which it is found. */
  readonly canonical: string;
  readonly verdict: 'AVAILABLE' | 'FAILURE';
  /** Until then the version is PENDING. */
  readonly decidedAt: number;
  readonly created: number;
}

type Entry =
  | { readonly registry: Registry }
  | { readonly schema: Schema }
  | { readonly version: SchemaVersion }
  | { readonly removed: 'registry' | 'schema' | 'version'; readonly key: string };

/** Registries, schemas and versions, kept in the journal `glue`. */
export class RegistryState {
  /** By name. */
  readonly registries = new Map<string, Registry>();
  /** By ARN. */
  readonly schemas = new Map<string, Schema>();
  readonly #versions = new Map<string, SchemaVersion>();
  /** By the schema's ARN; ascending numbers. */
  readonly #versionsOf = new Map<string, SchemaVersion[]>();
  readonly #journal: Journal<Entry>;

  constructor(journals: Journals) {
    this.#journal = journals.open<Entry>('glue', {
      replay: (entry) => this.#apply(entry),
      snapshot: () => this.#snapshot(),
    });
  }

  putRegistry(registry: Registry): void {
    this.#change({ registry });
  }

  putSchema(schema: Schema): void {
    this.#change({ schema });
  }

  putVersion(version: SchemaVersion): void {
    this.#change({ version });
  }

  /** With all its schemas. */
  removeRegistry(name: string): void {
    for (const schema of this.schemasOf(name)) this.removeSchema(schema.arn);
    this.#change({ removed: 'registry', key: name });
  }

  /** With all its versions. */
  removeSchema(arn: string): void {
    for (const version of this.versionsOf(arn)) this.removeVersion(version.id);
    this.#change({ removed: 'schema', key: arn });
  }

  removeVersion(id: string): void {
    this.#change({ removed: 'version', key: id });
  }

  schemasOf(registry: string): Schema[] {
    return [...this.schemas.values()].filter((schema) => schema.registry === registry);
  }

  version(id: string): SchemaVersion | undefined {
    return this.#versions.get(id);
  }

  /** By ascending number. */
  versionsOf(schemaArn: string): readonly SchemaVersion[] {
    return [...(this.#versionsOf.get(schemaArn) ?? [])];
  }

  get versionCount(): number {
    return this.#versions.size;
  }

  #change(entry: Entry): void {
    this.#apply(entry);
    this.#journal.append(entry);
  }

  #apply(entry: Entry): void {
    if ('registry' in entry) this.registries.set(entry.registry.name, entry.registry);
    else if ('schema' in entry) this.schemas.set(entry.schema.arn, entry.schema);
    else if ('version' in entry) this.#addVersion(entry.version);
    else if (entry.removed === 'registry') this.registries.delete(entry.key);
    else if (entry.removed === 'schema') this.schemas.delete(entry.key);
    else this.#dropVersion(entry.key);
  }

  #addVersion(version: SchemaVersion): void {
    this.#versions.set(version.id, version);
    const siblings = this.#versionsOf.get(version.schemaArn);
    if (siblings === undefined) this.#versionsOf.set(version.schemaArn, [version]);
    else siblings.push(version);
  }

  #dropVersion(id: string): void {
    const version = this.#versions.get(id);
    if (version === undefined) return;
    this.#versions.delete(id);
    const left = this.versionsOf(version.schemaArn).filter((other) => other.id !== id);
    if (left.length === 0) this.#versionsOf.delete(version.schemaArn);
    else this.#versionsOf.set(version.schemaArn, left);
  }

  *#snapshot(): Iterable<Entry> {
    for (const registry of this.registries.values()) yield { registry };
    for (const schema of this.schemas.values()) yield { schema };
    for (const version of this.#versions.values()) yield { version };
  }
}
