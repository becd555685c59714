import { Recommender, type ModelEntry } from '../model/recommender.js';
import type { Value } from '../schema/dataset-schema.js';
import { contentId, EventIds, type EventIdsEntry } from './event-ids.js';

export type Properties = Readonly<Record<string, Value>>;

/** An event as it is journaled: id or null, type, item, sent at in milliseconds. */
export type EventEntry = readonly [id: string | null, type: string, item: string, sentAtMs: number];

export type RecordKind = 'item' | 'user';

/** What happened to a dataset group's data. */
export type DataEntry =
  | { readonly events: readonly EventEntry[]; readonly user: string; readonly now: number }
  | { readonly imported: readonly (readonly [user: string, ...event: EventEntry])[]; readonly now: number }
  | {
      readonly put: RecordKind;
      readonly bulk: boolean;
      readonly records: readonly (readonly [id: string, Properties])[];
    }
  | { readonly dropBulk: RecordKind }
  | { readonly drop: RecordKind | 'interaction' }
  | { readonly counts: Counters }
  | { readonly seen: EventIdsEntry; readonly of: 'event' | 'content'; readonly distinct: number }
  | { readonly model: ModelEntry };

/** Totals of a dataset group. */
interface Counters {
  /** Events put that had an effect, each once. */
  readonly events: number;
  /** Puts of an event that was there. */
  readonly duplicates: number;
  /** Rows of bulk imports that had an effect. */
  readonly imported: number;
}

const noCounts: Counters = { events: 0, duplicates: 0, imported: 0 };

interface StoredRecord {
  readonly properties: Properties;
  readonly bulk: boolean;
}

/** The data of one dataset group: items, users, and the model that its interactions feed. All changes are entries. */
export class GroupData {
  readonly #rememberedEventIds: number;
  #model = new Recommender();
  /** Ids that callers gave. */
  #eventIds: EventIds;
  /** Ids made of content: of imported rows, and of events put without one. */
  #contentIds: EventIds;
  #counters = noCounts;
  readonly #records: Readonly<Record<RecordKind, Map<string, StoredRecord>>> = {
    item: new Map(),
    user: new Map(),
  };

  constructor(rememberedEventIds: number) {
    this.#rememberedEventIds = rememberedEventIds;
    this.#eventIds = new EventIds(rememberedEventIds);
    this.#contentIds = new EventIds(rememberedEventIds);
  }

  get model(): Recommender {
    return this.#model;
  }

  get counts(): Counters & {
    distinctEventIds: number;
    users: number;
    items: number;
    interactionUsers: number;
  } {
    return {
      ...this.#counters,
      distinctEventIds: this.#eventIds.distinct,
      users: this.#records.user.size,
      items: this.#records.item.size,
      interactionUsers: this.#model.users.size,
    };
  }

  eventIds(): Iterable<string> {
    return this.#eventIds.ids();
  }

  properties(kind: RecordKind, id: string): Properties | undefined {
    return this.#records[kind].get(id)?.properties;
  }

  *records(kind: RecordKind): Generator<[id: string, Properties], void, undefined> {
    for (const [id, { properties }] of this.#records[kind]) yield [id, properties];
  }

  apply(entry: DataEntry): void {
    if ('events' in entry) {
      for (const event of entry.events) this.#event(entry.user, event, entry.now);
    } else if ('imported' in entry) {
      for (const [user, ...event] of entry.imported) this.#importedEvent(user, event, entry.now);
    } else if ('put' in entry) this.#put(entry);
    else if ('dropBulk' in entry) this.#dropRecords(entry.dropBulk, ({ bulk }) => bulk);
    else if ('drop' in entry) this.#drop(entry.drop);
    else if ('counts' in entry) this.#counters = entry.counts;
    else if ('seen' in entry) {
      const ids = entry.of === 'event' ? this.#eventIds : this.#contentIds;
      ids.restore(entry.seen, entry.distinct);
    } else this.#model.restore(entry.model);
  }

  *snapshot(): Generator<DataEntry, void, undefined> {
    yield { counts: this.#counters };
    for (const [of, ids] of [
      ['event', this.#eventIds],
      ['content', this.#contentIds],
    ] as const) {
      for (const seen of ids.snapshot()) yield { seen, of, distinct: ids.distinct };
    }
    // The model's numbering of items comes first: putting records would number them anew.
    for (const model of this.#model.snapshot()) yield { model };
    for (const kind of ['item', 'user'] as const) {
      for (const [id, { properties, bulk }] of this.#records[kind])
        yield { put: kind, bulk, records: [[id, properties]] };
    }
  }

  #event(user: string, [id, type, item, sentAtMs]: EventEntry, now: number): void {
    const isNew =
      id === null
        ? this.#contentIds.add(contentId('put', user, item, type, sentAtMs))
        : this.#eventIds.add(id);
    if (!isNew) {
      this.#counters = { ...this.#counters, duplicates: this.#counters.duplicates + 1 };
      return;
    }
    this.#counters = { ...this.#counters, events: this.#counters.events + 1 };
    this.#model.record({ user, item, type, atMs: Math.min(sentAtMs, now) });
  }

  #importedEvent(user: string, [, type, item, sentAtMs]: EventEntry, now: number): void {
    if (!this.#contentIds.add(contentId('import', user, item, type, sentAtMs))) return;
    this.#counters = { ...this.#counters, imported: this.#counters.imported + 1 };
    this.#model.record({ user, item, type, atMs: Math.min(sentAtMs, now) });
  }

  #put({ put, bulk, records }: Extract<DataEntry, { put: RecordKind }>): void {
    for (const [id, properties] of records) {
      this.#records[put].set(id, { properties, bulk });
      if (put === 'item') this.#model.introduce(id);
    }
  }

  #drop(kind: RecordKind | 'interaction'): void {
    if (kind !== 'interaction') return this.#dropRecords(kind, () => true);
    this.#model = new Recommender();
    for (const item of this.#records.item.keys()) this.#model.introduce(item);
    this.#eventIds = new EventIds(this.#rememberedEventIds);
    this.#contentIds = new EventIds(this.#rememberedEventIds);
    this.#counters = noCounts;
  }

  #dropRecords(kind: RecordKind, test: (record: StoredRecord) => boolean): void {
    for (const [id, record] of this.#records[kind]) if (test(record)) this.#records[kind].delete(id);
  }
}
