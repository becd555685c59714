import {
  GetItemCommand,
  TransactWriteItemsCommand,
  type DynamoDBClient,
  type TransactWriteItem,
} from '@aws-sdk/client-dynamodb';
import { randomUUID } from 'node:crypto';
import { checkEvent } from '../check-event.js';
import { OutboxError } from '../errors.js';
import type { OutboxEvent } from '../event.js';
import { keyOf, toRow, type Attributes, type Key } from './event-rows.js';
import { dynamoDbError, failedConditions, patiently, type Patience } from './patience.js';
import { referenceChanges, type Reference } from './references.js';
import { outcomeItem, readOutcome, requestKey, type ChangeOutcome, type Request } from './requests.js';
import type { Wakeup } from './wakeup.js';

/** A change that is about to be written: what its event is made of. */
export interface Change<T> {
  readonly id: string;
  /** `null` where it is deleted. */
  readonly entity: T | null;
  readonly eventId: string;
  readonly version: number;
  /** Milliseconds since the epoch, UTC. */
  readonly occurredAt: number;
  readonly correlationId: string;
}

export interface EntitiesOptions<T> {
  /** In keys, as `song`. Never changed once there is data. */
  readonly kind: string;
  readonly idField: keyof T & string;
  /** The event of a change, framed. */
  readonly event: (change: Change<T>) => OutboxEvent;
  /** Entities of this table that one of these names: they must be there, and can't be deleted while named. */
  readonly references?: (entity: T) => readonly Reference[];
  /** What names entities of this kind, for the reason why one can't be deleted: `songs`. */
  readonly namedBy?: string;
  /** Milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number;
}

/** Who changes an entity, and under which idempotency key. */
export interface ChangeContext {
  readonly correlationId: string;
  readonly idempotency?: Request;
}

export interface StoredEntity<T> {
  readonly entity: T;
  readonly version: number;
}

/** A change that was not made. */
export type Refusal =
  | { readonly outcome: 'refused'; readonly problem: { readonly field: string; readonly reason: string } }
  | { readonly outcome: 'key-reused' };
export type StoredOutcome<T> = { readonly outcome: 'stored' } & StoredEntity<T>;
export type RemovedOutcome = { readonly outcome: 'removed'; readonly version: number };
export type ExistsOutcome = { readonly outcome: 'exists'; readonly version: number };
export type MissingOutcome = { readonly outcome: 'missing' };
export type ConflictOutcome = { readonly outcome: 'conflict'; readonly version: number };

interface Context extends Patience {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  readonly wakeup: Wakeup;
}

/** The item of an entity. A deleted one leaves its version behind, so that versions go on if it is created again. */
interface State<T> {
  readonly version: number;
  readonly entity: T | undefined;
  /** How many entities name it. */
  readonly dependents: number;
}

/** After so many changes by others within one of ours, those come faster than we do. */
const MAX_TURNS = 30;

/**
 * Entities of one kind in DynamoDB. Each change is one transaction: the entity under a condition on its version, its
 * event, the counts of what it names, and the outcome under the request's idempotency key.
 */
export class DynamoDbEntities<T extends object> {
  readonly #context: Context;
  readonly #options: EntitiesOptions<T>;

  constructor(context: Context, options: EntitiesOptions<T>) {
    this.#context = context;
    this.#options = options;
  }

  /** @throws OutboxError `UNAVAILABLE`, `DATABASE` */
  async get(id: string): Promise<StoredEntity<T> | undefined> {
    const { version, entity } = await this.#state(id);
    return entity === undefined ? undefined : { entity, version };
  }

  /** @throws OutboxError, as {@link replace} and {@link remove} do; `UNAVAILABLE` leaves open whether it was made */
  async create(entity: T, context: ChangeContext): Promise<StoredOutcome<T> | ExistsOutcome | Refusal> {
    return this.#change<StoredOutcome<T> | ExistsOutcome>(this.#idOf(entity), context, (state) => {
      if (state.entity !== undefined) return { outcome: 'exists', version: state.version };
      return { next: entity };
    });
  }

  async replace(
    id: string,
    expectedVersion: number,
    entity: T,
    context: ChangeContext,
  ): Promise<StoredOutcome<T> | MissingOutcome | ConflictOutcome | Refusal> {
    return this.#change<StoredOutcome<T> | MissingOutcome | ConflictOutcome>(id, context, (state) => {
      return mismatch(state, expectedVersion) ?? { next: entity };
    });
  }

  async remove(
    id: string,
    expectedVersion: number,
    context: ChangeContext,
  ): Promise<RemovedOutcome | MissingOutcome | ConflictOutcome | Refusal> {
    return this.#change<RemovedOutcome | MissingOutcome | ConflictOutcome | Refusal>(id, context, (state) => {
      const found = mismatch(state, expectedVersion);
      if (found !== undefined) return found;
      return state.dependents > 0 ? this.#named(state.dependents) : { next: null };
    });
  }

  /** Decides by what is there and writes; what others changed meanwhile is looked at again. */
  async #change<Outcome extends { readonly outcome: string }>(
    id: string,
    context: ChangeContext,
    decide: (state: State<T>) => Outcome | { readonly next: T | null },
  ): Promise<Outcome | Refusal> {
    for (let turn = 0; turn < MAX_TURNS; turn++) {
      const [state, earlier] = await Promise.all([this.#state(id), this.#earlier(context.idempotency)]);
      // The same request led to it, so it is an outcome of the same kind.
      if (earlier !== undefined) return earlier as Outcome | Refusal;
      const decision = decide(state);
      if ('outcome' in decision) {
        // What is in the way may be this very request, sent before, which ended after its outcome was looked up.
        return ((await this.#earlier(context.idempotency)) as Outcome | Refusal | undefined) ?? decision;
      }
      const refusal = await this.#write(id, state, decision.next, context);
      if (refusal === 'made') return this.#made(state, decision.next) as unknown as Outcome;
      if (refusal !== 'changed') return refusal;
    }
    throw new OutboxError('UNAVAILABLE', `${this.#options.kind} ${id} is changed by others all the time`);
  }

  #made(state: State<T>, next: T | null): ChangeOutcome<T> {
    const version = state.version + 1;
    return next === null ? { outcome: 'removed', version } : { outcome: 'stored', version, entity: next };
  }

  async #write(
    id: string,
    state: State<T>,
    next: T | null,
    { correlationId, idempotency }: ChangeContext,
  ): Promise<'made' | 'changed' | Refusal> {
    const { client, tableName, wakeup } = this.#context;
    const { event: eventOf, references = () => [], now = Date.now, kind } = this.#options;
    const eventId = randomUUID();
    const occurredAt = now();
    const version = state.version + 1;
    const event = eventOf({ id, entity: next, eventId, version, occurredAt, correlationId });
    checkEvent(event);
    const changes = referenceChanges(
      state.entity === undefined ? [] : references(state.entity),
      next === null ? [] : references(next),
    );
    const items: TransactWriteItem[] = [
      { Update: { TableName: tableName, ...stateUpdate(this.#key(id), state, next, eventId) } },
      { Put: { TableName: tableName, Item: toRow(event) } },
      ...changes.map(({ update }) => ({ Update: { TableName: tableName, ...update } })),
    ];
    if (idempotency !== undefined) {
      items.push({
        Put: { TableName: tableName, ...outcomeItem(idempotency, this.#made(state, next), occurredAt) },
      });
    }
    const what = `writing ${kind} ${id} into ${tableName}`;
    // Sent again under the same token it happens once, also where the first answer was lost.
    const command = { TransactItems: items, ClientRequestToken: eventId };
    try {
      await patiently(what, this.#context, () => client.send(new TransactWriteItemsCommand(command)));
    } catch (error) {
      const failed = failedConditions(error);
      if (failed === undefined) throw dynamoDbError(error, what);
      // The entity itself, or the outcome of the same request: they are looked at again.
      const own = idempotency === undefined ? [0] : [0, items.length - 1];
      if (own.some((index) => failed.has(index))) return 'changed';
      const reference = changes.find((_, index) => failed.has(index + 2))?.reference;
      if (reference === undefined) throw dynamoDbError(error, what);
      const reason = `must be the id of ${article(reference.kind)} that there is`;
      return { outcome: 'refused', problem: { field: reference.field, reason } };
    }
    wakeup.raise();
    return 'made';
  }

  async #state(id: string): Promise<State<T>> {
    const item = await this.#read(this.#key(id), `reading ${this.#options.kind} ${id}`);
    const body = item?.['body']?.S;
    return {
      version: Number(item?.['version']?.N ?? 0),
      // Written by this class as the JSON of a T.
      entity: body === undefined ? undefined : (JSON.parse(body) as T),
      dependents: Number(item?.['dependents']?.N ?? 0),
    };
  }

  async #earlier(request: Request | undefined): Promise<ChangeOutcome<T> | Refusal | undefined> {
    if (request === undefined) return undefined;
    const item = await this.#read(requestKey(request), `looking up the idempotency key ${request.key}`);
    return readOutcome<T>(item, request, (this.#options.now ?? Date.now)());
  }

  async #read(key: Key, what: string): Promise<Attributes | undefined> {
    const { client, tableName } = this.#context;
    try {
      const { Item } = await patiently(what, this.#context, () =>
        client.send(new GetItemCommand({ TableName: tableName, Key: key, ConsistentRead: true })),
      );
      return Item;
    } catch (error) {
      throw dynamoDbError(error, what);
    }
  }

  #key(id: string): Key {
    return entityKey(this.#options.kind, id);
  }

  #idOf(entity: T): string {
    return String(entity[this.#options.idField]);
  }

  #named(count: number): Refusal {
    const { idField, namedBy = 'others' } = this.#options;
    const reason = `is named by ${count} ${namedBy}: change or delete them first`;
    return { outcome: 'refused', problem: { field: idField, reason } };
  }
}

/** Where an entity is. */
export function entityKey(kind: string, id: string): Key {
  return keyOf(`${kind}#${id}`, 'state');
}

function mismatch<T>(state: State<T>, expected: number): MissingOutcome | ConflictOutcome | undefined {
  if (state.entity === undefined) return { outcome: 'missing' };
  return state.version === expected ? undefined : { outcome: 'conflict', version: state.version };
}

/** Only if it still is as it was read. Attributes that are not this change's, as the count of dependents, are kept. */
function stateUpdate<T>(key: Key, state: State<T>, next: T | null, eventId: string) {
  const conditions = [state.version === 0 ? 'attribute_not_exists(pk)' : 'version = :was'];
  if (next === null) conditions.push('(attribute_not_exists(dependents) OR dependents = :none)');
  return {
    Key: key,
    UpdateExpression: `SET version = :version, eventId = :event${next === null ? ' REMOVE body' : ', body = :body'}`,
    ConditionExpression: conditions.join(' AND '),
    ExpressionAttributeValues: {
      ':version': { N: String(state.version + 1) },
      ':event': { S: eventId },
      ...(state.version === 0 ? {} : { ':was': { N: String(state.version) } }),
      ...(next === null ? { ':none': { N: '0' } } : { ':body': { S: JSON.stringify(next) } }),
    },
  };
}

function article(noun: string): string {
  return /^[aeiou]/.test(noun) ? `an ${noun}` : `a ${noun}`;
}
