import { readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';

/** What a process has used. */
export interface Usage {
  readonly name: string;
  /** Seconds on a core since its start, user and system. */
  readonly cpuSeconds: number;
  /** Mebibytes resident now. */
  readonly residentMiB: number;
}

/** Reads usage from /proc (Linux). */
export function usageOf(name: string, pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the command in parentheses and may hold spaces; the rest is plain.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const resident = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return {
    name,
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond(),
    residentMiB: Number(resident?.[1] ?? 0) / 1024,
  };
}

let ticks: number | undefined;

function ticksPerSecond(): number {
  return (ticks ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' })));
}
