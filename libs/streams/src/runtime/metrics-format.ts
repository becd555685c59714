import type { Metric } from './metrics.js';

/**
 * Metrics for people, as lines of a console: a block for each group, in which each place has a column of values.
 *
 *     stream-thread-metrics   thread-id=1
 *       process-total              12,345
 *       commit-latency-avg            4.2
 */
export function formatMetrics(metrics: readonly Metric[]): string {
  const groups = new Map<string, Map<string, Map<string, number>>>();
  for (const { group, name, labels, value } of metrics) {
    const places = entry(groups, group, () => new Map<string, Map<string, number>>());
    const place = Object.entries(labels).map(([label, of]) => `${label}=${of}`);
    entry(places, place.join(' '), () => new Map<string, number>()).set(name, value);
  }
  return [...groups].map(([group, places]) => block(group, places)).join('\n');
}

/** A place is a row where places are many and values few, else a column of its own. */
function block(group: string, places: ReadonlyMap<string, ReadonlyMap<string, number>>): string {
  const names = [...new Set([...places.values()].flatMap((values) => [...values.keys()]))];
  const rows =
    names.length > places.size
      ? [
          [group, ...places.keys()],
          ...names.map((name) => [
            `  ${name}`,
            ...[...places.values()].map((values) => shown(values.get(name))),
          ]),
        ]
      : [
          [group, ...names],
          ...[...places].map(([place, values]) => [
            `  ${place}`,
            ...names.map((name) => shown(values.get(name))),
          ]),
        ];
  const widths = (rows[0] ?? []).map((_cell, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
    .concat('\n');
}

const NUMBERS = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

function shown(value: number | undefined): string {
  return value === undefined ? '' : NUMBERS.format(value);
}

/**
 * Metrics in Prometheus' text format (0.0.4): `process-total` is `process_total`.
 *
 * @param labels for each metric, as the name of the service
 */
export function prometheusText(
  metrics: readonly Metric[],
  labels: Readonly<Record<string, string>> = {},
): string {
  const byName = new Map<string, Metric[]>();
  for (const metric of metrics) entry(byName, identifier(metric.name), () => []).push(metric);
  return [...byName]
    .map(([name, [first, ...others]]) => {
      if (first === undefined) return '';
      const samples = [first, ...others].map(
        (metric) => `${name}${labelText({ ...metric.labels, ...labels })} ${metric.value}\n`,
      );
      return `# HELP ${name} ${escapeHelp(first.description)}\n# TYPE ${name} ${first.kind}\n${samples.join('')}`;
    })
    .join('\n');
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${identifier(name)}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function identifier(name: string): string {
  return name.replace(/[^a-zA-Z0-9_]/g, '_');
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
