import type { DoubleOptions } from '../framework/types.js';
import type { Failure } from './entities.js';
import { invalid, quotaExceeded } from './errors.js';
import type { DataZoneSettings } from './settings.js';
import type { DataZoneState } from './state.js';

/** What all operations share. */
export interface Plane {
  readonly options: DoubleOptions;
  readonly settings: DataZoneSettings;
  readonly state: DataZoneState;
  /** Milliseconds; see {@link DataZoneSettings.transitionMs}. */
  transitionMs: number;
  /** Failures asked for at `POST /_double/datazone/fail`, each for the next resource of its kind. */
  readonly failures: { readonly of: FailingKind; readonly failure: Failure }[];
}

export type FailingKind = 'environment' | 'data-source' | 'run';

/** The failure that the next resource of this kind is to suffer; it is used up. */
export function takeFailure({ failures }: Plane, of: FailingKind): Failure | undefined {
  const at = failures.findIndex((one) => one.of === of);
  return at < 0 ? undefined : failures.splice(at, 1)[0]?.failure;
}

/** Who is said to have made everything: signatures are not verified. */
export const caller = 'SYSTEM';

export function checkQuota(existing: number, quota: number, what: string): void {
  if (existing >= quota) throw quotaExceeded(what, quota);
}

/** A record without its undefined members. */
export function defined<T extends object>(record: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as never;
}

/** The members of an input that are kept as they came. */
export const pick = (input: object, names: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(input).filter(([name]) => names.includes(name)));

export interface Paging {
  readonly nextToken?: string;
  readonly maxResults?: number;
}

/** One page of a list; the token holds how many were given before. */
export function page<T>(
  all: readonly T[],
  { nextToken, maxResults = 50 }: Paging,
): { readonly items: T[]; readonly nextToken?: string } {
  const start = nextToken === undefined ? 0 : Number(Buffer.from(nextToken, 'base64url').toString('utf8'));
  if (!Number.isInteger(start) || start < 0) throw invalid('The pagination token is not valid.');
  const end = start + maxResults;
  const next = end < all.length ? Buffer.from(String(end)).toString('base64url') : undefined;
  return { items: all.slice(start, end), ...(next !== undefined && { nextToken: next }) };
}

export interface InDomain {
  readonly domainIdentifier: string;
}

export interface Identified extends InDomain {
  readonly identifier: string;
}
