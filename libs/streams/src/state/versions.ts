import type { Stored } from './ports.js';

/** Valid from its time to that of the next one. */
export interface Version<V> {
  readonly from: number;
  /** `null`: there was none. */
  readonly value: V | null;
}

/** What the store keeps of one key, oldest first, and until when it must. */
export interface History<V> {
  readonly versions: Version<V>[];
  /** Versions superseded before this are forgotten. */
  readonly earliest: number;
}

export function latestOf<V>(versions: readonly Version<V>[]): Stored<V> | undefined {
  return present(versions.at(-1));
}

export function versionAsOf<V>({ versions, earliest }: History<V>, timestamp: number): Stored<V> | undefined {
  if (timestamp < earliest) {
    const latest = versions.at(-1);
    return latest !== undefined && latest.from <= timestamp ? present(latest) : undefined;
  }
  return present(versions.findLast(({ from }) => from <= timestamp));
}

/** Latest first; `validTo`, exclusive, is when the next version began. */
export function* validities<V>(
  versions: readonly Version<V>[],
): Iterable<Stored<V> & { readonly validTo: number | undefined }> {
  let validTo: number | undefined;
  for (const { from, value } of versions.toReversed()) {
    if (value !== null) yield { value, timestamp: from, validTo };
    validTo = from;
  }
}

/** Puts a version in its place. @returns whether it is the latest now */
export function insertVersion<V>({ versions, earliest }: History<V>, version: Version<V>): boolean {
  let at = versions.length;
  while (at > 0 && (versions[at - 1]?.from ?? 0) > version.from) at -= 1;
  const same = versions[at - 1];
  const replaced = same?.from === version.from ? same : undefined;
  if (replaced === undefined) versions.splice(at, 0, version);
  else versions[at - 1] = version;
  const isLatest = versions.at(-1) === version;
  // As in Kafka Streams: where nothing was before, the deletion of a value at its very time leaves no trace.
  if (version.value === null && present(replaced) !== undefined && versions[0] === version) versions.shift();
  forget(versions, earliest);
  const [only] = versions;
  if (versions.length === 1 && only?.value === null && only.from < earliest) versions.pop();
  return isLatest;
}

/** Drops what was superseded longer ago than is kept. */
function forget(versions: Version<unknown>[], earliest: number): void {
  let drop = 0;
  while (drop + 1 < versions.length && (versions[drop + 1]?.from ?? 0) < earliest) drop += 1;
  if (drop > 0) versions.splice(0, drop);
}

function present<V>(version: Version<V> | undefined): Stored<V> | undefined {
  if (version === undefined || version.value === null) return undefined;
  return { value: version.value, timestamp: version.from };
}
