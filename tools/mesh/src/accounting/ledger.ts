import { formatTable } from '../table.js';
import type { Hop } from './hops.js';

/** How one hop compares with what the API accepted. */
export interface LedgerRow {
  readonly hop: string;
  readonly distinct: number;
  readonly effects: number;
  /** Accepted and not here. */
  readonly lost: number;
  /** Here and never accepted. */
  readonly unexpected: number;
  /** Effects beyond one an event; always 0 where repeats are allowed. */
  readonly duplicates: number;
  /** A few of the ids that are wrong, to look for. */
  readonly examples: readonly string[];
}

/** Holds every hop against the accepted ids. */
export function ledger(accepted: ReadonlySet<string>, hops: readonly Hop[]): readonly LedgerRow[] {
  return hops.map((hop) => {
    const lost = [...accepted].filter((id) => !hop.ids.has(id));
    const unexpected = [...hop.ids].filter((id) => !accepted.has(id));
    return {
      hop: hop.name,
      distinct: hop.ids.size,
      effects: hop.effects,
      lost: lost.length,
      unexpected: unexpected.length,
      duplicates: hop.repeatsAllowed ? 0 : hop.effects - hop.ids.size,
      examples: [...lost, ...unexpected].slice(0, 3),
    };
  });
}

/** Whether nothing was lost, made up or done twice. */
export function balances(rows: readonly LedgerRow[]): boolean {
  return rows.every((row) => row.lost === 0 && row.unexpected === 0 && row.duplicates === 0);
}

/** What went in, and what the hops it has to come to have of it. */
export interface Accounted {
  /** As `interactions accepted`. */
  readonly what: string;
  readonly accepted: number;
  readonly rows: readonly LedgerRow[];
}

/** Ledgers as one text table. */
export function formatLedgers(ledgers: readonly Accounted[]): string {
  const table = formatTable([
    ['', 'distinct', 'effects', 'lost', 'unexpected', 'duplicate effects'],
    ...ledgers.flatMap(({ what, accepted, rows }) => [
      [what, accepted, '', '', '', ''],
      ...rows.map((row) => [
        `  ${row.hop}`,
        row.distinct,
        row.effects,
        row.lost,
        row.unexpected,
        row.duplicates,
      ]),
    ]),
  ]);
  const wrong = ledgers
    .flatMap(({ rows }) => rows)
    .filter((row) => row.examples.length > 0)
    .map((row) => `${row.hop}: for example ${row.examples.join(', ')}`);
  return [table, ...wrong].join('\n');
}
