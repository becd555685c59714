import { RUN_SOURCES } from '@mesh/jest/sources.mjs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { botocoreDataDir } from '../install/python.js';
import { packageDir } from '../install/paths.js';

/** The doubles as a process of their own, so that they can be killed. */
export interface DoublesProcess {
  readonly url: string;
  end(signal: NodeJS.Signals): Promise<void>;
}

/** @param shell put before the program's start, as `ulimit -f 100;` */
export async function startDoublesProcess(env: Record<string, string>, shell = ''): Promise<DoublesProcess> {
  // Not while the program's start is waited for.
  await botocoreDataDir();
  const options = [...RUN_SOURCES, join(packageDir, 'src/doubles/main.ts')];
  const child = spawn('sh', ['-c', `${shell} exec "$0" "$@"`, process.execPath, ...options], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return {
    url: (JSON.parse(line) as { url: string }).url,
    end: async (signal) => {
      child.kill(signal);
      await exited;
    },
  };
}
