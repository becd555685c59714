import { createHash, randomBytes } from 'node:crypto';
import type { Journal, Journals } from '../journal/types.js';
import { conflict, notFound } from './errors.js';
import type { Entities, Entity, Kind, Saved } from './entities.js';

/** A client token that was honoured: what was asked for with it, and what came of it. */
interface HonouredToken {
  readonly key: string;
  readonly digest: string;
  readonly id: string;
}

/** One line of the journal holds what one call changed: after a kill it all happened, or none of it. */
interface Entry {
  readonly saved?: readonly Saved[];
  readonly removed?: readonly (readonly [Kind, string])[];
  readonly token?: HonouredToken;
}

/** All of DataZone's resources by kind and id, and the client tokens, kept in the journal `datazone`. */
export class DataZoneState {
  readonly #byKind = new Map<Kind, Map<string, Entity>>();
  readonly #tokens = new Map<string, HonouredToken>();
  readonly #journal: Journal<Entry>;

  constructor(journals: Journals) {
    this.#journal = journals.open<Entry>('datazone', {
      replay: (entry) => this.#apply(entry),
      snapshot: () => this.#snapshot(),
    });
  }

  /** In order of creation. */
  list<K extends Kind>(kind: K, domainId?: string): Entities[K][] {
    const all = [...this.#of(kind).values()] as Entities[K][];
    return domainId === undefined ? all : all.filter((entity) => entity.domainId === domainId);
  }

  find<K extends Kind>(kind: K, domainId: string, id: string): Entities[K] | undefined {
    const found = this.#of(kind).get(id) as Entities[K] | undefined;
    return found?.domainId === domainId ? found : undefined;
  }

  /** @throws ModelledError `ResourceNotFoundException` */
  get<K extends Kind>(kind: K, domainId: string, id: string): Entities[K] {
    const found = this.find(kind, domainId, id);
    if (found === undefined) throw notFound(kind, id);
    return found;
  }

  save<K extends Kind>(kind: K, entity: Entities[K]): void {
    this.change({ saved: [[kind, entity] as unknown as Saved] });
  }

  change(entry: Entry): void {
    this.#apply(entry);
    this.#journal.append(entry);
  }

  /**
   * The effect of one call under its client token: the same token with the same input finds what the first call
   * made. AWS does not say what another input under a used token is answered with; here that is a conflict.
   *
   * @param make the id of what the call makes, and all that it saves
   * @returns that id
   */
  once(
    operation: string,
    input: { readonly clientToken?: string; readonly domainIdentifier?: string },
    make: () => { readonly id: string; readonly saved: readonly Saved[] },
  ): string {
    const { clientToken, ...rest } = input;
    if (clientToken === undefined) {
      const { id, saved } = make();
      this.change({ saved });
      return id;
    }
    const key = `${operation} ${input.domainIdentifier ?? ''} ${clientToken}`;
    const digest = createHash('sha256').update(stable(rest)).digest('base64url');
    const honoured = this.#tokens.get(key);
    if (honoured !== undefined) {
      if (honoured.digest === digest) return honoured.id;
      throw conflict(`${operation}: the client token ${clientToken} was used with other parameters`);
    }
    const { id, saved } = make();
    this.change({ saved, token: { key, digest, id } });
    return id;
  }

  #of(kind: Kind): Map<string, Entity> {
    let entities = this.#byKind.get(kind);
    if (entities === undefined) this.#byKind.set(kind, (entities = new Map<string, Entity>()));
    return entities;
  }

  #apply({ saved = [], removed = [], token }: Entry): void {
    for (const [kind, entity] of saved) this.#of(kind).set(entity.id, entity);
    for (const [kind, id] of removed) this.#of(kind).delete(id);
    if (token !== undefined) this.#tokens.set(token.key, token);
  }

  *#snapshot(): Iterable<Entry> {
    for (const [kind, entities] of this.#byKind) {
      for (const entity of entities.values()) yield { saved: [[kind, entity] as unknown as Saved] };
    }
    for (const token of this.#tokens.values()) yield { token };
  }
}

/** An id as DataZone's: fourteen small letters and digits. */
export function newId(): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';
  return Array.from(randomBytes(14), (byte) => alphabet[byte % alphabet.length]).join('');
}

/** JSON that does not depend on the order of members. */
export function stable(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
