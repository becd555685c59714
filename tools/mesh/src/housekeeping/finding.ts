/** What one examination found. */
export interface Finding {
  /** What was looked at. */
  readonly what: string;
  readonly verdict: 'ok' | 'warning' | 'fault';
  /** What was seen. */
  readonly seen: string;
  /** What to do about it; there is one unless all is well. */
  readonly todo?: string;
}

const MARKS = { ok: ' ok ', warning: 'WARN', fault: 'FAIL' } as const;

/** A line for each finding, and below it what to do. */
export function formatFindings(findings: readonly Finding[]): string {
  return findings
    .flatMap(({ what, verdict, seen, todo }) => [
      `${MARKS[verdict]}  ${what}: ${seen}`,
      ...(todo === undefined ? [] : [`      → ${todo}`]),
    ])
    .join('\n');
}
