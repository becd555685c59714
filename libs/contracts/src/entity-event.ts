import { cloudEventHeaders, type CloudEventHeader } from './cloudevents.js';
import type { EventContract, EventEnvelope } from './contract.js';

/** What every event of an entity carries: the envelope, and the entity's revision. */
export interface EntityEnvelope extends EventEnvelope {
  /** 1 when the entity was created, one more with each change. */
  readonly version: number;
}

/** The fields that are the entity's own. */
export type EntityFields<T extends EntityEnvelope> = Omit<T, keyof EntityEnvelope>;

/** An entity that changed; `null` where it was deleted. */
export interface EntityChange<T extends EntityEnvelope> extends EntityEnvelope {
  readonly id: string;
  readonly entity: EntityFields<T> | null;
}

/** Encodes values for a topic; the serdes of `@mesh/serde` do. */
export interface EntityEncoder<T> {
  serialize(topic: string, value: T): Buffer;
}

/** A change as it goes into the contract's topic. */
export interface EntityEvent {
  readonly topic: string;
  readonly eventId: string;
  readonly aggregateId: string;
  readonly version: number;
  readonly occurredAt: number;
  readonly headers: readonly CloudEventHeader[];
  /** `null` is a tombstone: its headers say which event it is and of which revision. */
  readonly value: Buffer | null;
}

/** The event of a change. @throws what `encoder` throws */
export function entityEvent<T extends EntityEnvelope>(
  contract: EventContract<T>,
  change: EntityChange<T>,
  encoder: EntityEncoder<T>,
): EntityEvent {
  const { id, entity, ...envelope } = change;
  const { eventId, version, occurredAt } = envelope;
  return {
    topic: contract.topic,
    eventId,
    aggregateId: id,
    version,
    occurredAt,
    headers: cloudEventHeaders(contract, envelope, { subject: id, version }),
    value: entity === null ? null : encoder.serialize(contract.topic, stateOf<T>(envelope, entity)),
  };
}

/** The contract's fields are those of the envelope and the entity's own. */
function stateOf<T extends EntityEnvelope>(envelope: EntityEnvelope, entity: EntityFields<T>): T {
  return { ...envelope, ...entity } as unknown as T;
}
