import type {
  ChangeContext,
  ConflictOutcome,
  EntityStore,
  ExistsOutcome,
  KeyReusedOutcome,
  MissingOutcome,
  RemovedOutcome,
  Stored,
  StoredOutcome,
} from '../entities/store.js';

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

  async create(entity: T, context: ChangeContext) {
    const id = String(entity[this.#idField]);
    return this.#once(context, (): StoredOutcome<T> | ExistsOutcome => {
      const row = this.#rows.get(id);
      if (row?.entity !== undefined) return { outcome: 'exists', version: row.version };
      return this.#stored(id, row?.version ?? 0, entity);
    });
  }

  async get(id: string): Promise<Stored<T> | undefined> {
    this.#reach();
    const row = this.#rows.get(id);
    return row?.entity === undefined ? undefined : { entity: row.entity, version: row.version };
  }

  async replace(id: string, expected: number, entity: T, context: ChangeContext) {
    return this.#once(context, () => this.#refusal(id, expected) ?? this.#stored(id, expected, entity));
  }

  async remove(id: string, expected: number, context: ChangeContext) {
    return this.#once(context, (): RemovedOutcome | MissingOutcome | ConflictOutcome => {
      const refusal = this.#refusal(id, expected);
      if (refusal !== undefined) return refusal;
      const version = expected + 1;
      this.#rows.set(id, { version, entity: undefined });
      return { outcome: 'removed', version };
    });
  }

  #refusal(id: string, expected: number): MissingOutcome | ConflictOutcome | undefined {
    const row = this.#rows.get(id);
    if (row?.entity === undefined) return { outcome: 'missing' };
    return row.version === expected ? undefined : { outcome: 'conflict', version: row.version };
  }

  #stored(id: string, before: number, entity: T): StoredOutcome<T> {
    const version = before + 1;
    this.#rows.set(id, { version, entity });
    return { outcome: 'stored', entity, version };
  }

  #once<O extends { readonly outcome: string }>(
    { correlationId, idempotency }: ChangeContext,
    change: () => O,
  ): O | KeyReusedOutcome {
    this.#reach();
    const before = idempotency === undefined ? undefined : this.#answered.get(idempotency.key);
    if (before !== undefined) {
      // A fingerprint tells creating from replacing and deleting, so the outcome is one of this call's.
      return before.fingerprint === idempotency?.fingerprint
        ? (before.outcome as O)
        : { outcome: 'key-reused' };
    }
    const outcome = change();
    if (outcome.outcome !== 'stored' && outcome.outcome !== 'removed') return outcome;
    this.changes.push(correlationId);
    if (idempotency !== undefined) {
      this.#answered.set(idempotency.key, { fingerprint: idempotency.fingerprint, outcome });
    }
    return outcome;
  }

  #reach(): void {
    if (this.down) throw Object.assign(new Error('the database does not answer'), { retriable: true });
  }
}
