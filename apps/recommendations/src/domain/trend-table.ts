import type { ItemTrend } from '@mesh/contracts';
import type { Table } from './table.js';

/** The most played items of one window. */
export interface TrendingWindow {
  /** Milliseconds since the epoch. */
  readonly windowStart: number;
  /** Milliseconds since the epoch; the first instant after the window. */
  readonly windowEnd: number;
  /** The most played first; of equals the first by id, so that an answer does not flicker. */
  readonly items: readonly ItemTrend[];
}

/** Whether an item may be shown. */
export type Shows = (itemId: string) => boolean;

const everything: Shows = () => true;

interface Window {
  readonly windowStart: number;
  readonly windowEnd: number;
  readonly trends: Map<string, ItemTrend>;
  /** {@link trends} in order; made when asked for. */
  sorted?: readonly ItemTrend[];
}

/**
 * How often each item was played in the last windows, the latest count of each. Only the newest windows are kept, so
 * that it is bounded by them and the catalogue.
 */
export class TrendTable implements Table<ItemTrend> {
  readonly #kept: number;
  /** The newest first. */
  #windows: readonly Window[] = [];
  /** Every item that has a trend, in whatever window. */
  readonly #played = new Set<string>();

  /** @param kept how many windows */
  constructor(kept = 3) {
    this.#kept = kept;
  }

  apply(trend: ItemTrend): void {
    this.#played.add(trend.itemId);
    let window = this.#windows.find(({ windowEnd }) => windowEnd === trend.windowEnd);
    if (window === undefined) {
      window = { windowStart: trend.windowStart, windowEnd: trend.windowEnd, trends: new Map() };
      this.#windows = [...this.#windows, window]
        .sort((a, b) => b.windowEnd - a.windowEnd)
        .slice(0, this.#kept);
    }
    window.trends.set(trend.itemId, trend);
    delete window.sorted;
  }

  /** The item is no longer to be shown. */
  remove(itemId: string): void {
    this.#played.delete(itemId);
    for (const window of this.#windows) {
      window.trends.delete(itemId);
      delete window.sorted;
    }
  }

  /** Whether the item was ever played: the topic keeps the newest trend of each item for ever. */
  hasBeenPlayed(itemId: string): boolean {
    return this.#played.has(itemId);
  }

  /**
   * The newest window there is, by the events' own time; `undefined` before the first. The topic keeps one record an
   * item, the newest, so this is the one window that is whole after a restart.
   */
  latest(limit: number, shows: Shows = everything): TrendingWindow | undefined {
    const [window] = this.#windows;
    if (window === undefined) return undefined;
    const { windowStart, windowEnd } = window;
    const items = inOrder(window).filter(({ itemId }) => shows(itemId));
    return { windowStart, windowEnd, items: items.slice(0, limit) };
  }

  /** What is popular: the newest window's items, then those of the ones before, since a window starts empty. */
  popular(limit: number, shows: Shows = everything): readonly ItemTrend[] {
    const found = new Map<string, ItemTrend>();
    for (const window of this.#windows) {
      for (const trend of inOrder(window)) {
        if (found.size >= limit) return [...found.values()];
        if (!found.has(trend.itemId) && shows(trend.itemId)) found.set(trend.itemId, trend);
      }
    }
    return [...found.values()];
  }
}

function inOrder(window: Window): readonly ItemTrend[] {
  window.sorted ??= [...window.trends.values()].sort(
    (a, b) => b.plays - a.plays || (a.itemId < b.itemId ? -1 : 1),
  );
  return window.sorted;
}
