/** Avro's JSON form, as far as a contract may use it. */
export interface RecordSchema {
  readonly type: 'record';
  readonly name: string;
  readonly namespace?: string;
  readonly doc?: string;
  readonly fields: readonly FieldSchema[];
}

export interface FieldSchema {
  readonly name: string;
  readonly type: AvroSchema;
  readonly doc?: string;
  readonly default?: unknown;
}

export interface EnumSchema {
  readonly type: 'enum';
  readonly name: string;
  readonly doc?: string;
  readonly symbols: readonly string[];
}

export type AvroSchema =
  | string
  | readonly AvroSchema[]
  | RecordSchema
  | EnumSchema
  | { readonly type: 'array'; readonly items: AvroSchema }
  | { readonly type: 'map'; readonly values: AvroSchema }
  | { readonly type: 'fixed'; readonly name: string; readonly size: number }
  | { readonly type: string; readonly logicalType?: string };

/** One immutable file `schemas/<domain>/<event>/<number>.avsc`. */
export interface SchemaVersion {
  readonly number: number;
  /** Relative to the workspace, for messages. */
  readonly file: string;
  readonly schema: RecordSchema;
  /** SHA-256 of the schema without its layout, in hex. */
  readonly fingerprint: string;
}

export interface EventSource {
  readonly domain: string;
  readonly event: string;
  readonly manifest: TopicManifest;
  /** Ascending, without gaps; at least one. */
  readonly versions: readonly SchemaVersion[];
}

/** `schemas/<domain>/<event>/topic.json`. */
export interface TopicManifest {
  readonly topic: string;
  readonly kind: 'event' | 'entity' | 'aggregate';
  readonly doc: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly key: { readonly field: string; readonly why: string };
  readonly deadLetterTopic: boolean;
  readonly config: Readonly<Record<string, string>>;
  /** Why a setting of `config` is what it is; for readers of the manifest only. */
  readonly configWhy?: Readonly<Record<string, string>>;
}

/** Every fault found in the sources, one line each: where, what, and what to do. */
export class InvalidContractsError extends Error {
  override readonly name = 'InvalidContractsError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join('\n'));
    this.faults = faults;
  }
}
