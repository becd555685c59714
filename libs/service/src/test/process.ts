import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

type LogLine = Readonly<Record<string, unknown>> & { readonly msg?: string };

/** The fixture service as a process of its own. */
export interface FixtureProcess {
  readonly child: ChildProcess;
  /** The log lines so far. */
  readonly lines: readonly LogLine[];
  stderr(): string;
  /** The first log line with this message; rejects when the process ends without it. */
  line(message: string): Promise<LogLine>;
  /** The exit status. */
  readonly exit: Promise<number | null>;
}

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

export function startFixture(env: Readonly<Record<string, string>>): FixtureProcess {
  const child = spawn(
    process.execPath,
    ['--conditions=@mesh/source', '--import', '@mesh/jest/typescript.mjs', MAIN],
    {
      env: { PATH: process.env['PATH'] ?? '', KAFKA_BROKERS: '127.0.0.1:9', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
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
  const exit = new Promise<number | null>((resolve) => {
    child.once('close', (status) => {
      resolve(status);
      for (const { message, lost } of waiting) lost(new Error(`ended before "${message}": ${stderr}`));
    });
  });
  const line = (message: string): Promise<LogLine> => {
    const seen = lines.find((candidate) => candidate.msg === message);
    if (seen !== undefined) return Promise.resolve(seen);
    return new Promise((found, lost) => waiting.push({ message, found, lost }));
  };
  return { child, lines, stderr: () => stderr, line, exit };
}
