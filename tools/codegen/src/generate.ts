import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { emit } from './emit.js';
import type { EventSource } from './model.js';
import { readEvents } from './read.js';
import { validate } from './validate.js';

/** Where the generated files are, relative to the workspace. */
export const TARGET = 'libs/contracts/src/generated';

export interface Outcome {
  /** Files that differ from what the sources give: `<name>: <how>`. */
  readonly stale: readonly string[];
  /** Published versions whose source was changed or taken away, which no reader expects. */
  readonly warnings: readonly string[];
  readonly files: number;
}

/**
 * Brings {@link TARGET} below `root` to what `schemas/` says; with `write: false` only tells what is stale.
 * @throws InvalidContractsError where the sources break a rule; then nothing is written
 */
export function generate(root: string, options: { readonly write: boolean }): Outcome {
  const events = readEvents(root);
  validate(events);
  const wanted = emit(events);
  const target = join(root, TARGET);
  const present = existsSync(target) ? readdirSync(target).filter((name) => name.endsWith('.ts')) : [];
  const before = new Map(present.map((name) => [name, readFileSync(join(target, name), 'utf8')]));
  const stale: string[] = [];
  for (const [name, text] of wanted) {
    const old = before.get(name);
    if (old === undefined) stale.push(`${name}: missing`);
    else if (old !== text) stale.push(`${name}: ${describeDifference(old, text)}`);
  }
  for (const name of present) if (!wanted.has(name)) stale.push(`${name}: has no source any more`);
  const warnings = changedVersions(events, before);
  if (options.write) {
    mkdirSync(target, { recursive: true });
    for (const name of present) if (!wanted.has(name)) rmSync(join(target, name));
    for (const [name, text] of wanted) if (before.get(name) !== text) writeFileSync(join(target, name), text);
  }
  return { stale, warnings, files: wanted.size };
}

/** The first line that differs, with how many do. */
function describeDifference(old: string, text: string): string {
  const [was, is] = [old.split('\n'), text.split('\n')];
  const lines = Array.from({ length: Math.max(was.length, is.length) }, (_, line) => line);
  const differing = lines.filter((line) => was[line] !== is[line]);
  const first = differing[0] ?? 0;
  return `${differing.length} lines differ, the first is ${first + 1}: is ${quote(was[first])}, has to be ${quote(is[first])}`;
}

function quote(line: string | undefined): string {
  return line === undefined ? 'absent' : JSON.stringify(line.trim().slice(0, 100));
}

/** Compares each version's fingerprint with the one the committed file was generated from. */
function changedVersions(events: readonly EventSource[], before: ReadonlyMap<string, string>): string[] {
  const warnings: string[] = [];
  for (const event of events) {
    const published = (before.get(`${event.event}.ts`) ?? '').matchAll(
      /^\/\/ version (\d+) sha256 ([0-9a-f]{64})$/gm,
    );
    for (const [, number, fingerprint] of published) {
      const source = event.versions.find((version) => version.number === Number(number));
      if (source?.fingerprint === fingerprint) continue;
      const file = `schemas/${event.domain}/${event.event}/${number}.avsc`;
      const next = `schemas/${event.domain}/${event.event}/${event.versions.length + 1}.avsc`;
      warnings.push(
        `${file}: ${source === undefined ? 'is gone' : 'was changed'}, but versions are immutable once published; ` +
          `restore it and make the change in ${next}, unless it has never left your machine`,
      );
    }
  }
  return warnings;
}
