import { RUN_SOURCES } from '@mesh/jest/sources.mjs';
import { spawn, type ChildProcess } from 'node:child_process';

export type LogLine = Readonly<Record<string, unknown>> & { readonly msg?: string };

/** A service as a process of its own, started from its TypeScript sources. */
export interface ServiceProcess {
  readonly child: ChildProcess;
  /** The log lines so far. */
  readonly lines: readonly LogLine[];
  stderr(): string;
  /** The first log line with this message. @throws when the process ends without it, with what it wrote */
  line(message: string): Promise<LogLine>;
  /** The exit status; `null` after a signal that ends it at once. */
  readonly exit: Promise<number | null>;
}

/**
 * Starts a `main.ts` for a test, which has to end it. Of this process's environment it gets `PATH` alone.
 *
 * @param main path of the file, in a package of this workspace, whose folder must be the working directory
 */
export function startServiceProcess(main: string, env: Readonly<Record<string, string>>): ServiceProcess {
  const child = spawn(process.execPath, [...RUN_SOURCES, main], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: LogLine[] = [];
  const waiting: { message: string; found: (line: LogLine) => void; lost: (error: Error) => void }[] = [];
  let rest = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) {
      const line = JSON.parse(part) as LogLine;
      lines.push(line);
      for (const waiter of waiting) if (waiter.message === line.msg) waiter.found(line);
    }
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  let ended: Error | undefined;
  const exit = new Promise<number | null>((resolve) => {
    child.once('close', (status) => {
      const log = lines.map((line) => JSON.stringify(line)).join('\n');
      ended = new Error(`the service ended with ${status}:\n${log}\n${stderr}`);
      for (const { lost } of waiting) lost(ended);
      resolve(status);
    });
  });
  const line = (message: string): Promise<LogLine> => {
    const seen = lines.find((candidate) => candidate.msg === message);
    if (seen !== undefined) return Promise.resolve(seen);
    if (ended !== undefined) return Promise.reject(ended);
    return new Promise((found, lost) => waiting.push({ message, found, lost }));
  };
  return { child, lines, stderr: () => stderr, line, exit };
}
