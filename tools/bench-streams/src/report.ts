import type { Measurement } from './settings.js';

/** Medians of a workload's runs; absent for a side that was left out. */
export interface Row {
  readonly workload: string;
  readonly ours: Measurement | undefined;
  readonly java: Measurement | undefined;
  /** Of fewer records, see {@link flowTableOf}. */
  readonly flow: Measurement | undefined;
}

/** Each figure's median by itself. */
export function medianOf(runs: readonly Measurement[]): Measurement | undefined {
  if (runs.length === 0) return undefined;
  const of = (name: keyof Measurement): number => {
    const sorted = runs.map((run) => run[name]).sort((a, b) => a - b);
    const middle = Math.floor(sorted.length / 2);
    const upper = sorted[middle] ?? Number.NaN;
    return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
  };
  return {
    recordsPerSecond: of('recordsPerSecond'),
    cpuSecondsPerMillion: of('cpuSecondsPerMillion'),
    rssMiB: of('rssMiB'),
    seconds: of('seconds'),
  };
}

export interface Ratios {
  /** Our records per second by Java's: at least 1 where we are as fast. */
  readonly ratioWall: number | undefined;
  /** Our records per CPU-second by Java's: at least 1 where we need no more. */
  readonly ratioCpu: number | undefined;
  /** Our resident memory by Java's: below 1 where we need less. */
  readonly ratioRss: number | undefined;
}

export function ratiosOf({ ours, java }: Row): Ratios {
  if (ours === undefined || java === undefined) {
    return { ratioWall: undefined, ratioCpu: undefined, ratioRss: undefined };
  }
  return {
    ratioWall: ours.recordsPerSecond / java.recordsPerSecond,
    ratioCpu: java.cpuSecondsPerMillion / ours.cpuSecondsPerMillion,
    ratioRss: ours.rssMiB / java.rssMiB,
  };
}

const COLUMNS = [
  'workload',
  'records/s',
  'Java',
  'ratio',
  'CPU s/M',
  'Java',
  'ratio',
  'MiB',
  'Java',
] as const;

const count = (value: number | undefined): string =>
  value === undefined ? '–' : Math.round(value).toLocaleString('en');
const fixed = (value: number | undefined): string => (value === undefined ? '–' : value.toFixed(2));

/** A table in Markdown, as docs/benchmarks.md has it. */
export function tableOf(rows: readonly Row[]): string {
  const lines = rows.map((row) => {
    const { workload, ours, java } = row;
    const { ratioWall, ratioCpu } = ratiosOf(row);
    return [
      workload,
      count(ours?.recordsPerSecond),
      count(java?.recordsPerSecond),
      fixed(ratioWall),
      fixed(ours?.cpuSecondsPerMillion),
      fixed(java?.cpuSecondsPerMillion),
      fixed(ratioCpu),
      count(ours?.rssMiB),
      count(java?.rssMiB),
    ];
  });
  return draw(COLUMNS, lines);
}

const FLOW_COLUMNS = ['workload', 'flow records/s', 'ours by it', 'CPU s/M', 'by ours', 'MiB'] as const;

/** As {@link tableOf}, of `@kafkats/flow`; empty where none of it was run. */
export function flowTableOf(rows: readonly Row[]): string {
  const lines = rows.flatMap(({ workload, ours, flow }) => {
    if (flow === undefined) return [];
    const wall = ours && ours.recordsPerSecond / flow.recordsPerSecond;
    const cpu = ours && flow.cpuSecondsPerMillion / ours.cpuSecondsPerMillion;
    const { recordsPerSecond, cpuSecondsPerMillion, rssMiB } = flow;
    return [
      [
        workload,
        count(recordsPerSecond),
        fixed(wall),
        fixed(cpuSecondsPerMillion),
        fixed(cpu),
        count(rssMiB),
      ],
    ];
  });
  return lines.length === 0 ? '' : draw(FLOW_COLUMNS, lines);
}

function draw(columns: readonly string[], lines: readonly (readonly string[])[]): string {
  const widths = columns.map((name, at) =>
    Math.max(name.length, ...lines.map((line) => (line[at] ?? '').length)),
  );
  const row = (cells: readonly string[]): string =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  return [row(columns), row(widths.map((width) => '-'.repeat(width))), ...lines.map(row)].join('\n');
}

/** How much of the raw client's rate is left by the library. */
export function shareOfRaw(rows: readonly Row[]): string {
  const ours = (name: string): Measurement | undefined =>
    rows.find(({ workload }) => workload === name)?.ours;
  const lines = [
    ['stateless', 'raw'],
    ['stateless-eos', 'raw-eos'],
  ].flatMap(([name = '', raw = '']) => {
    const with_ = ours(name);
    const without = ours(raw);
    if (with_ === undefined || without === undefined) return [];
    const wall = (100 * with_.recordsPerSecond) / without.recordsPerSecond;
    const cpu = (100 * without.cpuSecondsPerMillion) / with_.cpuSecondsPerMillion;
    return [`${name} against ${raw}: ${wall.toFixed(0)} % by wall time, ${cpu.toFixed(0)} % by CPU time`];
  });
  return lines.join('\n');
}

/** What `--json` writes. */
export function jsonOf(rows: readonly Row[]): string {
  return `${JSON.stringify(
    rows.map((row) => ({ ...row, ...ratiosOf(row) })),
    undefined,
    2,
  )}\n`;
}
