import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * When a process started, in the system's own unit (clock ticks since boot on Linux, a date elsewhere), or
 * undefined when there is none. A pid with another start time is another process: the system reuses pids.
 */
export function processStartTime(pid: number): string | undefined {
  if (process.platform === 'linux') {
    const fields = statFields(pid);
    // A zombie has ended, only its parent has not looked yet; but while other threads of it are still ending,
    // its files and ports are not free.
    const ended = fields === undefined || (fields[0] === 'Z' && Number(fields[17]) <= 1);
    return ended ? undefined : fields[19];
  }
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    // ps exits 1 when no such process exists.
    return undefined;
  }
}

/** Is this very process still there? Without a start time any process of that pid counts. */
export function isRunning(pid: number, startTime?: string): boolean {
  const now = processStartTime(pid);
  return now !== undefined && (startTime === undefined || startTime === '' || now === startTime);
}

/** Sends a signal to a process that may be gone; true when it was there. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/** Fields of /proc/<pid>/stat from the third (state) on; the second, the name, may hold spaces and brackets. */
function statFields(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}
