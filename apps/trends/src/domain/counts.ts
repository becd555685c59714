/** How many of each name. */
export type Counts = Readonly<Record<string, number>>;

/** Names come from outside: one that every object has, as `constructor`, is counted like the others. */
export function oneMore(counts: Counts, name: string): Counts {
  const count = Object.hasOwn(counts, name) ? (counts[name] ?? 0) : 0;
  return { ...counts, [name]: count + 1 };
}
