import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const BYTES = 64 * 1024;

/** The last lines of a log, as the end of an error message. */
export function logTail(file: string, lines = 20): string {
  const tail = lastLines(file, lines);
  return tail.length === 0
    ? `${file} is empty.`
    : `The end of ${file}:\n${tail.map((line) => `  ${line}`).join('\n')}`;
}

/** The last lines of a file without reading all of it; none when there is no such file. */
export function lastLines(file: string, lines: number): string[] {
  let fd: number;
  try {
    fd = openSync(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  try {
    const size = fstatSync(fd).size;
    const buffer = Buffer.alloc(Math.min(size, BYTES));
    readSync(fd, buffer, 0, buffer.length, size - buffer.length);
    return buffer
      .toString('utf8')
      .split('\n')
      .filter((line) => line.trim() !== '')
      .slice(-lines);
  } finally {
    closeSync(fd);
  }
}
