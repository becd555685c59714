import type { Journal, Journals } from '../../journal/types.js';
import { GroupData, type DataEntry } from './group-data.js';

type Entry = { readonly group: string; readonly entry: DataEntry } | { readonly gone: string };

/** The data of all dataset groups, by ARN, journaled change by change. */
export class DataStore {
  readonly #groups = new Map<string, GroupData>();
  readonly #journal: Journal<Entry>;
  readonly #rememberedEventIds: number;

  constructor(journals: Journals, rememberedEventIds: number) {
    this.#rememberedEventIds = rememberedEventIds;
    this.#journal = journals.open<Entry>('personalize-data', {
      replay: (entry) => {
        if ('gone' in entry) this.#groups.delete(entry.gone);
        else this.group(entry.group).apply(entry.entry);
      },
      snapshot: () => this.#snapshot(),
    });
  }

  get groups(): Iterable<GroupData> {
    return this.#groups.values();
  }

  group(arn: string): GroupData {
    let group = this.#groups.get(arn);
    if (!group) this.#groups.set(arn, (group = new GroupData(this.#rememberedEventIds)));
    return group;
  }

  /** Applies a change and journals it. */
  change(group: string, entry: DataEntry): void {
    this.group(group).apply(entry);
    this.#journal.append({ group, entry });
  }

  remove(group: string): void {
    if (this.#groups.delete(group)) this.#journal.append({ gone: group });
  }

  *#snapshot(): Generator<Entry, void, undefined> {
    for (const [group, data] of this.#groups) for (const entry of data.snapshot()) yield { group, entry };
  }
}
