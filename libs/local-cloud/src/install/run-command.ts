import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

import { LocalCloudError } from '../errors.js';
import { guard, unguard } from '../servers/guardian.js';

/**
 * Runs a program to its end, its output line by line to `onLine`; without a terminal and without input. It ends
 * when this process does.
 *
 * @throws LocalCloudError `MESH_LOCAL_INSTALL_FAILED` with the last lines when it is missing or exits non-zero.
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: {
    cwd?: string;
    env?: Record<string, string>;
    user?: { uid: number; gid: number };
    onLine?: (line: string) => void;
  } = {},
): Promise<void> {
  const tail: string[] = [];
  const child = spawn(command, args, {
    cwd: options.cwd,
    ...options.user,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { pid } = child;
  if (pid !== undefined) {
    guard(pid);
    child.once('exit', () => {
      unguard(pid);
    });
  }
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      tail.push(line);
      if (tail.length > 15) tail.shift();
      options.onLine?.(line);
    });
  }
  const outcome = await new Promise<string | undefined>((resolve, reject) => {
    child.once('error', (error) => {
      reject(
        new LocalCloudError('MESH_LOCAL_INSTALL_FAILED', `${command} could not be run: ${error.message}`, {
          cause: error,
        }),
      );
    });
    child.once('close', (code, signalName) => {
      resolve(code === 0 ? undefined : (signalName ?? `status ${String(code)}`));
    });
  });
  if (outcome !== undefined) {
    throw new LocalCloudError(
      'MESH_LOCAL_INSTALL_FAILED',
      `${[command, ...args].join(' ')} ended with ${outcome}:\n${tail.join('\n')}`,
    );
  }
}
