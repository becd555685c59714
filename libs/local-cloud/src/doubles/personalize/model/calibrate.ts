/**
 * Reorders a ranked list so that each beginning of it holds kinds of items in the shares a user likes them in, best
 * first within a kind (after Steck, "Calibrated Recommendations", RecSys 2018): someone who plays one podcast for four
 * songs is recommended some podcast, whatever the catalogue's sizes.
 *
 * @param shares by kind; of any sum. Items of a kind without a share come last
 */
export function* calibrated<T>(
  ranked: readonly T[],
  kindOf: (item: T) => string,
  shares: ReadonlyMap<string, number>,
): Generator<T, void, undefined> {
  const queues = [...Map.groupBy(ranked, kindOf)].map(([kind, items]) => ({
    items,
    share: shares.get(kind) ?? 0,
    next: 0,
  }));
  for (let given = 0; given < ranked.length; given++) {
    const open = queues.filter(({ items, next }) => next < items.length);
    const total = open.reduce((sum, { share }) => sum + share, 0) || 1;
    const place = open.reduce((sum, { next }) => sum + next, 0) + 1;
    // Whoever is furthest behind its share; among equals the kind whose best item ranks higher.
    const behind = ({ share, next }: (typeof open)[number]) => (share / total) * place - next;
    const queue = open.reduce((best, one) => (behind(one) > behind(best) ? one : best));
    yield queue.items[queue.next++] as T;
  }
}
