import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { until } from '@mesh/jest/until.mjs';

import { ManagedProcess, type ProcessSpec } from './managed-process.js';
import { isRunning, processStartTime } from './process-table.js';

const dir = mkdtempSync(join(tmpdir(), 'mesh-process-'));
afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

let number = 0;

function shell(script: string, spec: Partial<ProcessSpec> = {}): ManagedProcess {
  number += 1;
  return new ManagedProcess({
    name: 'server',
    command: '/bin/sh',
    args: ['-c', script],
    logFile: join(dir, `${String(number)}.log`),
    probe: async () => true,
    ...spec,
  });
}

describe('a managed process', () => {
  it('that ends before it is ready is reported with its status and the end of its log', async () => {
    const server = shell('echo first; echo "cannot open the data folder" >&2; exit 3', {
      probe: async () => 'no',
    });
    await expect(server.start()).rejects.toMatchObject({
      code: 'MESH_LOCAL_SERVER_DIED',
      message: expect.stringMatching(
        /server ended \(status 3\) before it was ready[^]*cannot open the data folder/,
      ),
    });
  });

  it('that cannot be run at all is reported by its command', async () => {
    const server = shell('', { command: join(dir, 'no-such-program') });
    await expect(server.start()).rejects.toMatchObject({
      code: 'MESH_LOCAL_SERVER_DIED',
      message: expect.stringContaining('no-such-program'),
    });
  });

  it('that never gets ready is ended, and the error says what was missing', async () => {
    const server = shell('exec sleep 60', { probe: async () => 'no shard is there', readyTimeoutMs: 300 });
    await expect(server.start()).rejects.toMatchObject({
      code: 'MESH_LOCAL_SERVER_NOT_READY',
      message: expect.stringContaining('no shard is there'),
    });
    expect(server.running).toBe(false);
  });

  it('that ignores SIGTERM is killed after the grace time', async () => {
    const server = shell("trap '' TERM; echo deaf; while :; do sleep 1; done");
    await server.start();
    await until('it is deaf', () => readFileSync(server.spec.logFile, 'utf8').includes('deaf'));
    await server.stop(200);
    expect(server.ended).toBe('SIGKILL');
  });

  it('says how it ended when it crashes later, and only then', async () => {
    const crashes: string[] = [];
    const onCrash = (how: string) => crashes.push(how);
    const crashing = shell('sleep 0.2; exit 7', { onCrash });
    await crashing.start();
    await until('it has crashed', () => !crashing.running);
    expect(crashing.ended).toBe('status 7');
    const stopped = shell('exec sleep 60', { onCrash });
    await stopped.start();
    await stopped.restart();
    await stopped.kill();
    expect(crashes).toEqual(['status 7']);
  });

  it('keeps the log of before over a restart', async () => {
    const server = shell('echo "pid $$"; exec sleep 60');
    await server.start();
    const before = server.pid;
    await until('the first tells its pid', () =>
      readFileSync(server.spec.logFile, 'utf8').includes(`pid ${String(before)}`),
    );
    await server.restart();
    await until('the next tells its pid', () =>
      readFileSync(server.spec.logFile, 'utf8').includes(`pid ${String(server.pid)}`),
    );
    expect(readFileSync(server.spec.logFile, 'utf8')).toContain(`pid ${String(before)}`);
    expect(isRunning(before)).toBe(false);
    await server.kill();
  });

  it('can be taken over by its pid and start time, and is not mistaken for another of the same pid', async () => {
    const server = shell('exec sleep 60');
    await server.start();
    const same = ManagedProcess.adopt(server.spec, server.pid, server.startTime);
    const recycled = ManagedProcess.adopt(server.spec, server.pid, '1');
    expect(same.running).toBe(true);
    expect(recycled.running).toBe(false);
    await recycled.kill();
    expect(server.running).toBe(true);
    await same.stop();
    await until('it has ended', () => !server.running);
    expect(server.ended).toBe('SIGTERM');
  });
});

describe('when the process that started it is killed', () => {
  const parents: ChildProcess[] = [];

  afterEach(() => {
    for (const parent of parents.splice(0)) parent.kill('SIGKILL');
  });

  /** Starts `sleep 300` in a process of its own, which prints the pid and waits. */
  async function parentOf(release: boolean): Promise<{ parent: number; child: number }> {
    const module = new URL('./managed-process.ts', import.meta.url).href;
    const script = `
      import { registerHooks } from 'node:module';
      registerHooks({ resolve: (name, context, next) =>
        next(name.startsWith('.') ? name.replace(/\\.js$/, '.ts') : name, context) });
      const { ManagedProcess } = await import(${JSON.stringify(module)});
      const spec = { name: 'sleep', command: 'sleep', args: ['300'], logFile: ${JSON.stringify(join(dir, 'sleep.log'))},
        probe: async () => true };
      const server = new ManagedProcess(spec);
      await server.start();
      if (${String(release)}) server.release();
      process.stdout.write(String(server.pid));
      setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    parents.push(parent);
    const line = await new Promise<Buffer>((resolve) => parent.stdout.once('data', resolve));
    return { parent: parent.pid ?? 0, child: Number(line.toString()) };
  }

  function childrenOf(parent: number): number[] {
    const listed = spawnSync('ps', ['-o', 'pid=', '--ppid', String(parent)], { encoding: 'utf8' }).stdout;
    return listed.split('\n').map(Number).filter(Boolean);
  }

  it('a process ends too', async () => {
    const { parent, child } = await parentOf(false);
    expect(processStartTime(child)).toBeDefined();
    process.kill(parent, 'SIGKILL');
    await until('the child has ended', () => !isRunning(child));
  });

  it('a process ends too, though its guardian was killed and had to be replaced', async () => {
    const { parent, child } = await parentOf(false);
    const [first] = childrenOf(parent).filter((pid) => pid !== child);
    process.kill(first as number, 'SIGKILL');
    await until('there is another child', () =>
      childrenOf(parent).some((pid) => pid !== child && pid !== first),
    );
    process.kill(parent, 'SIGKILL');
    await until('the child has ended', () => !isRunning(child));
  });

  it('one that was released goes on', async () => {
    const { parent, child } = await parentOf(true);
    process.kill(parent, 'SIGKILL');
    await until('the parent has ended', () => !isRunning(parent));
    expect(isRunning(child)).toBe(true);
    process.kill(child, 'SIGKILL');
  });
});
