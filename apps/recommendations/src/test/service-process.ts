import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

/** This service as a process of its own, from its sources. */
export interface ServiceProcess {
  readonly child: ChildProcess;
  readonly url: string;
  /** The exit status, once it has ended. */
  readonly exit: Promise<number | null>;
}

/** Settles when the service listens. @throws where it ends before, with what it wrote */
export async function startProcess(env: Readonly<Record<string, string>>): Promise<ServiceProcess> {
  const child = spawn(
    process.execPath,
    ['--conditions=@mesh/source', '--import', '@mesh/jest/typescript.mjs', MAIN],
    {
      env: { PATH: process.env['PATH'] ?? '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const written: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => written.push(text));
  const exit = once(child, 'exit').then(([status]) => status as number | null);
  const url = new Promise<string>((resolve) => {
    createInterface(child.stdout).on('line', (line) => {
      written.push(`${line}\n`);
      const { msg, url: address } = JSON.parse(line) as { msg?: string; url?: string };
      if (msg === 'listening' && address !== undefined) resolve(address);
    });
  });
  const ended = exit.then((status) =>
    Promise.reject(new Error(`ended with ${status}:\n${written.join('')}`)),
  );
  // Unhandled where the service ends as it should, long after it has listened.
  ended.catch(() => {});
  return { child, url: await Promise.race([url, ended]), exit };
}
