import type { FieldProblem } from '../http/problem.js';

/** An entity as it is stored: its own fields, and how often it has changed. */
export interface Stored<T> {
  readonly entity: T;
  /** 1 after the creation, one more after each change; it goes on where an id is created again after a deletion. */
  readonly version: number;
}

/** A client's name for one request, so that sending it again changes nothing. */
export interface Idempotency {
  /** The `Idempotency-Key` header. */
  readonly key: string;
  /** A hash of all that the request asks for: the same key with another one is a mistake of the client. */
  readonly fingerprint: string;
}

export interface ChangeContext {
  readonly correlationId: string;
  /** Where present, the outcome is kept with the change and given again to a repetition, instead of a second change. */
  readonly idempotency?: Idempotency;
}

export type StoredOutcome<T> = { readonly outcome: 'stored' } & Stored<T>;
/** There is one of this id already. */
export type ExistsOutcome = { readonly outcome: 'exists'; readonly version: number };
export type MissingOutcome = { readonly outcome: 'missing' };
/** It has changed meanwhile; `version` is what it has now. */
export type ConflictOutcome = { readonly outcome: 'conflict'; readonly version: number };
export type RemovedOutcome = { readonly outcome: 'removed'; readonly version: number };
/** It would break a relation to other entities: it names one that there is not, or others name it. */
export type RefusedOutcome = { readonly outcome: 'refused'; readonly problem: FieldProblem };
/** The idempotency key was used for another request. */
export type KeyReusedOutcome = { readonly outcome: 'key-reused' };

/**
 * The entities of one kind, and their events: each change writes its event into the outbox in the same transaction,
 * so that there is neither a change without its event nor an event without its change. A deletion's event is a
 * tombstone.
 *
 * Every method throws an error that is `retriable` where the database does not answer; whether the change was made
 * is not known then, and sending the same request again is safe.
 */
export interface EntityStore<T> {
  create(
    entity: T,
    context: ChangeContext,
  ): Promise<StoredOutcome<T> | ExistsOutcome | RefusedOutcome | KeyReusedOutcome>;
  get(id: string): Promise<Stored<T> | undefined>;
  replace(
    id: string,
    expectedVersion: number,
    entity: T,
    context: ChangeContext,
  ): Promise<StoredOutcome<T> | MissingOutcome | ConflictOutcome | RefusedOutcome | KeyReusedOutcome>;
  remove(
    id: string,
    expectedVersion: number,
    context: ChangeContext,
  ): Promise<RemovedOutcome | MissingOutcome | ConflictOutcome | RefusedOutcome | KeyReusedOutcome>;
}
