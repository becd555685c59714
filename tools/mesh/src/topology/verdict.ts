import { topologyChanges, type TopologyChange, type TopologyDescriptor } from '@mesh/streams';
import { isDeepStrictEqual } from 'node:util';
import type { Acknowledgement, DescribedApp } from './described-apps.js';

export interface Verdict {
  readonly app: string;
  /**
   * - `unchanged`: what is deployed, is kept.
   * - `outdated`: the description has to be written; nothing of what is deployed is lost unseen.
   * - `breaking`: something is lost, or read wrongly, and nobody has said why that is right.
   */
  readonly outcome: 'unchanged' | 'outdated' | 'breaking';
  readonly changes: readonly JudgedChange[];
}

export interface JudgedChange extends TopologyChange {
  readonly reason: string | undefined;
}

/** What it means to deploy the code of an application over the state that `before` describes. */
export function judge(
  { name, now, acknowledged }: Pick<DescribedApp, 'name' | 'now' | 'acknowledged'>,
  before: TopologyDescriptor | undefined,
): Verdict {
  if (before === undefined) return { app: name, outcome: 'outdated', changes: [] };
  const changes = topologyChanges(before, now).map((change) => {
    return { ...change, reason: reasonFor(change, acknowledged) };
  });
  if (changes.some(({ breaking, reason }) => breaking && reason === undefined)) {
    return { app: name, outcome: 'breaking', changes };
  }
  return { app: name, outcome: isDeepStrictEqual(before, now) ? 'unchanged' : 'outdated', changes };
}

function reasonFor(
  { code, name }: TopologyChange,
  acknowledged: readonly Acknowledgement[],
): string | undefined {
  return acknowledged.find((each) => each.code === code && each.name === name)?.reason;
}

/** For people: the application, and a line for each change. */
export function shown({ app, outcome, changes }: Verdict): string {
  const lines = changes.map(({ code, name, breaking, detail, reason }) => {
    const mark = !breaking ? ' ' : reason === undefined ? '✗' : '!';
    return `  ${mark} ${code} ${name}: ${detail}${reason === undefined ? '' : ` (acknowledged: ${reason})`}`;
  });
  return [`${app}: ${outcome}`, ...lines].join('\n');
}
