import type { ChangeContext, EntityStore, RemovedOutcome, Stored, StoredOutcome } from '../entities/store.js';

/** A store in memory, for tests of what stands on one. It publishes nothing. */
export interface MemoryEntityStore<T> extends EntityStore<T> {
  /** While true, the database does not answer. */
  down: boolean;
  /** Correlation ids of the changes made, in order. */
  readonly changes: readonly string[];
}

export function memoryEntityStore<T extends object>(idField: keyof T & string): MemoryEntityStore<T> {
  return new Memory<T>(idField);
}

class Memory<T extends object> implements MemoryEntityStore<T> {
  down = false;
  readonly changes: string[] = [];
  readonly #idField: keyof T & string;
  /** A deleted one keeps its version. */
  readonly #rows = new Map<string, { version: number; entity: T | undefined }>();
  readonly #answered = new Map<string, { fingerprint: string; outcome: object }>();

  constructor(idField: keyof T & string) {
    this.#idField = idField;
  }

  async create(entity: T, context: ChangeContext): ReturnType<EntityStore<T>['create']> {
    this.#reach();
    const id = String(entity[this.#idField]);
    return this.#once(context, () => {
      const row = this.#rows.get(id);
      if (row?.entity !== undefined) return { outcome: 'exists', version: row.version };
      return this.#store(id, (row?.version ?? 0) + 1, entity, context);
    });
  }

  async get(id: string): Promise<Stored<T> | undefined> {
    this.#reach();
    const row = this.#rows.get(id);
    return row?.entity === undefined ? undefined : { entity: row.entity, version: row.version };
  }

  async replace(
    id: string,
    expectedVersion: number,
    entity: T,
    context: ChangeContext,
  ): ReturnType<EntityStore<T>['replace']> {
    this.#reach();
    return this.#once(context, () => {
      const row = this.#rows.get(id);
      if (row?.entity === undefined) return { outcome: 'missing' };
      if (row.version !== expectedVersion) return { outcome: 'conflict', version: row.version };
      return this.#store(id, row.version + 1, entity, context);
    });
  }

  async remove(
    id: string,
    expectedVersion: number,
    context: ChangeContext,
  ): ReturnType<EntityStore<T>['remove']> {
    this.#reach();
    return this.#once(
      context,
      (): RemovedOutcome | { outcome: 'missing' } | { outcome: 'conflict'; version: number } => {
        const row = this.#rows.get(id);
        if (row?.entity === undefined) return { outcome: 'missing' };
        if (row.version !== expectedVersion) return { outcome: 'conflict', version: row.version };
        const version = row.version + 1;
        this.#rows.set(id, { version, entity: undefined });
        this.changes.push(context.correlationId);
        return { outcome: 'removed', version };
      },
    );
  }

  #store(id: string, version: number, entity: T, context: ChangeContext): StoredOutcome<T> {
    this.#rows.set(id, { version, entity });
    this.changes.push(context.correlationId);
    return { outcome: 'stored', entity, version };
  }

  #once<O extends { readonly outcome: string }>(
    { idempotency }: ChangeContext,
    change: () => O,
  ): O | { outcome: 'key-reused' } {
    const before = idempotency === undefined ? undefined : this.#answered.get(idempotency.key);
    if (before !== undefined) {
      return before.fingerprint === idempotency?.fingerprint
        ? (before.outcome as O)
        : { outcome: 'key-reused' };
    }
    const outcome = change();
    if (idempotency !== undefined && ['stored', 'removed'].includes(outcome.outcome)) {
      this.#answered.set(idempotency.key, { fingerprint: idempotency.fingerprint, outcome });
    }
    return outcome;
  }

  #reach(): void {
    if (this.down) throw Object.assign(new Error('the database does not answer'), { retriable: true });
  }
}
