/** "Amazon Personalize considers up to 100 of the most recent interactions per user per event type." */
const perType = 100;
/** How many of the items a user last liked a new one is tied to. */
const recentItems = 20;

/** A history as a journal's snapshot keeps it: by event type, item and time in turn; then the recently liked. */
export interface UserHistoryEntry {
  readonly types: readonly (readonly [string, readonly number[]])[];
  readonly liked: readonly number[];
}

/**
 * What one user did lately, items by their number: bounded, newest last
 * (https://docs.aws.amazon.com/personalize/latest/dg/filter-expressions.html).
 */
export class UserHistory {
  /** By event type in lower case (filters ignore case): when the user last did that to an item. */
  readonly byType = new Map<string, Map<number, number>>();
  /** Distinct items with a positive event, newest last. */
  readonly liked: number[] = [];

  record(type: string, item: number, atMs: number): void {
    const key = type.toLowerCase();
    let items = this.byType.get(key);
    if (!items) this.byType.set(key, (items = new Map<number, number>()));
    const latest = Math.max(atMs, items.get(item) ?? atMs);
    items.delete(item);
    items.set(item, latest);
    if (items.size > perType) items.delete(items.keys().next().value ?? item);
  }

  like(item: number): void {
    this.unlike(item);
    this.liked.push(item);
    if (this.liked.length > recentItems) this.liked.shift();
  }

  unlike(item: number): void {
    const at = this.liked.indexOf(item);
    if (at >= 0) this.liked.splice(at, 1);
  }

  /** Items with an event of one of the types, in lower case; `*` is any. */
  itemsWith(types: ReadonlySet<string>): Set<number> {
    const items = new Set<number>();
    for (const [type, found] of this.byType) {
      if (types.has('*') || types.has(type)) for (const item of found.keys()) items.add(item);
    }
    return items;
  }

  snapshot(): UserHistoryEntry {
    const types = [...this.byType].map(([type, items]) => [type, [...items].flat()] as const);
    return { types, liked: this.liked };
  }

  static restored({ types, liked }: UserHistoryEntry): UserHistory {
    const history = new UserHistory();
    for (const [type, flat] of types) {
      const items = new Map<number, number>();
      for (let i = 0; i < flat.length; i += 2) items.set(flat[i] ?? 0, flat[i + 1] ?? 0);
      history.byType.set(type, items);
    }
    history.liked.push(...liked);
    return history;
  }
}
