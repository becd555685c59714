/** Kafka's form of a topic: what is created, and how. A `TopicSpec` of the Kafka port. */
export interface TopicSettings {
  readonly name: string;
  readonly partitions: number;
  /** For production; a smaller cluster caps it, and `min.insync.replicas` with it. */
  readonly replicationFactor: number;
  /** Topic configuration under Kafka's names, as `retention.ms`. */
  readonly config: Readonly<Record<string, string>>;
}

/** A domain's topic, from `schemas/<domain>/<event>/topic.json`. */
export interface TopicContract extends TopicSettings {
  readonly domain: string;
  /** `event`: what happened, kept. `entity`: a table of current states. `aggregate`: a table derived from events. */
  readonly kind: 'event' | 'entity' | 'aggregate';
  readonly doc: string;
  /** The field whose UTF-8 text is the record's key, and why it is that one. */
  readonly key: { readonly field: string; readonly why: string };
  /** Where records go that cannot be processed. */
  readonly deadLetter?: TopicSettings;
}

/** What every contract has, whatever its values are; for code that handles all of them alike. */
export interface AnyEventContract {
  readonly domain: string;
  readonly event: string;
  /** The schema's name in the registry: `<domain>.<event>`. */
  readonly schemaName: string;
  /** The record's full name in Avro; the CloudEvents type. */
  readonly type: string;
  readonly topic: string;
  /** The number of the newest version, as in `schemas/<domain>/<event>/<n>.avsc`. */
  readonly version: number;
  /** The newest version's Avro schema. */
  readonly schema: object;
  /** The versions before it, the oldest first: what the registry has to know too, and what old records are under. */
  readonly earlier: readonly object[];
  /** The field whose UTF-8 text is the record's key, and why it is that one. */
  readonly key: { readonly field: string; readonly why: string };
}

/** The contract of an event whose values are of type `T`. */
export interface EventContract<T> extends AnyEventContract {
  readonly key: { readonly field: keyof T & string; readonly why: string };
  /** Never there: it only carries `T`, so that a serde made from the contract knows its values' type. */
  readonly valueType?: T;
}

/** What every event carries besides its own fields. */
export interface EventEnvelope {
  /** A UUID; the same on each repeated delivery. */
  readonly eventId: string;
  /** Milliseconds since the epoch, UTC. */
  readonly occurredAt: number;
  /** The application that published it. */
  readonly producer: string;
  readonly correlationId: string;
}
