import { describe, expect, it } from '@jest/globals';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { workspaceRoot } from '../supervisor/paths.js';

const RUNBOOK = join(workspaceRoot, 'docs', 'runbook');

/** Prometheus' own, and that of prom-client's defaults. */
const OF_OTHERS = ['up', 'process_start_time_seconds'];

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly page: string;
}

/** The rules of alerts.yaml, as Prettier lays them out: an expression in one line, or folded and indented by 10. */
function rules(): readonly Rule[] {
  const text = readFileSync(join(RUNBOOK, 'alerts.yaml'), 'utf8');
  return text
    .split(/^ {6}- alert: /m)
    .slice(1)
    .map((rule) => {
      const expr = /^ {8}expr: (?:>-\n((?: {10}.*\n)+)|(.*))/m.exec(rule);
      return {
        alert: /^\w+/.exec(rule)?.[0] ?? '',
        expr: oneLine(expr?.[1] ?? expr?.[2] ?? ''),
        page: /runbook: ([\w-]+\.md)/.exec(rule)?.[1] ?? '',
      };
    });
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** What an expression names, without functions, keywords, labels and durations. */
function metricsOf(expr: string): readonly string[] {
  const bare = expr
    .replace(/\{[^}]*\}|\[[^\]]*\]|offset \w+/g, ' ')
    .replace(/\b(?:by|on) \([^)]*\)/g, ' ')
    .replace(/\b(?:and|or|unless|sum|min|max)\b/g, ' ')
    .replace(/\w+(?=\()/g, ' ');
  return bare.match(/\b[a-z]\w*/g) ?? [];
}

/** The names that the code gives to metrics, as Prometheus spells them. */
function metricsOfCode(): ReadonlySet<string> {
  const names = new Set(OF_OTHERS);
  const made = /\b(counter|gauge|histogram)\((?:\w+, \{)?\s*(?:name: )?'([a-z][a-z_-]+)'/g;
  for (const file of globSync('{apps,libs}/*/src/**/*.ts', { cwd: workspaceRoot })) {
    if (file.endsWith('.test.ts')) continue;
    for (const [, kind, name = ''] of readFileSync(join(workspaceRoot, file), 'utf8').matchAll(made)) {
      const spelt = name.replaceAll('-', '_');
      if (kind !== 'histogram') names.add(spelt);
      else for (const part of ['bucket', 'count', 'sum']) names.add(`${spelt}_${part}`);
    }
  }
  return names;
}

describe('the alert rules', () => {
  const known = metricsOfCode();

  it('are found by this test', () => {
    const text = readFileSync(join(RUNBOOK, 'alerts.yaml'), 'utf8');
    expect(rules().map(({ alert }) => alert)).toEqual(
      [...text.matchAll(/alert: (\w+)/g)].map(([, name]) => name),
    );
    expect(known).toContain('records_lag');
    expect(known).toContain('outbox_backlog');
    expect(known).toContain('sink_misconfigured');
    expect(known).toContain('catalog_dead_letters_total');
    expect(known).toContain('http_request_duration_seconds_count');
  });

  it.each(rules())('$alert asks only for metrics that there are', ({ expr }) => {
    const asked = metricsOf(expr);
    expect(asked).not.toEqual([]);
    expect(asked.filter((name) => !known.has(name))).toEqual([]);
  });

  it.each(rules())('$alert has a page that explains its expression', ({ alert, expr, page }) => {
    const text = oneLine(readFileSync(join(RUNBOOK, page), 'utf8')).replaceAll('\\|', '|');
    expect(text).toContain(`\`${alert}\``);
    expect(text).toContain(`\`${expr}\``);
    expect(readFileSync(join(RUNBOOK, 'README.md'), 'utf8')).toContain(`\`${alert}\``);
  });
});
