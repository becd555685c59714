import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';

const BYTES = 256 * 1024;
const TAIL = 20;
/** A structured log line may hold a whole stack; its beginning says enough. */
const WIDEST = 600;

/**
 * What a log says about a failure, as the end of an error message: its last lines and, when a long goodbye
 * follows them, the first errors before.
 *
 * @param from the length of the log when the process started: what is before is of an earlier run.
 */
export function logTail(file: string, from = 0): string {
  const lines = lastLines(file, 2000, from);
  if (lines.length === 0) return `${file} is empty.`;
  const errors = lines.slice(0, -TAIL).filter((line) => /\b(ERROR|FATAL|error:|\w+Exception)\b/.test(line));
  const shown = [...errors.slice(0, 5), ...(errors.length > 0 ? ['…'] : []), ...lines.slice(-TAIL)];
  return `The end of ${file}:\n${shown.map((line) => `  ${line.length > WIDEST ? `${line.slice(0, WIDEST)}…` : line}`).join('\n')}`;
}

/** The last lines of a file without reading all of it; none when there is no such file. */
export function lastLines(file: string, count: number, from = 0): string[] {
  let fd: number;
  try {
    fd = openSync(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  try {
    const size = fstatSync(fd).size;
    const start = Math.max(from, size - BYTES, 0);
    const buffer = Buffer.alloc(Math.max(0, size - start));
    readSync(fd, buffer, 0, buffer.length, start);
    return buffer
      .toString('utf8')
      .split('\n')
      .filter((line) => line.trim() !== '')
      .slice(-count);
  } finally {
    closeSync(fd);
  }
}

/** The length of a file in bytes, 0 when there is none. */
export function fileSize(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
