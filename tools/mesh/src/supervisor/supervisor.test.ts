import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePort, isRunning, processStartTime } from '@mesh/local-cloud';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@mesh/jest/until.mjs';

import { askHealth } from './health.js';
import { logFileOf } from './paths.js';
import { readState, writeState, type RunState } from './state.js';
import { formatStatus, meshStatus } from './status.js';
import { stopRunningMesh, Supervisor, type Crash, type Part } from './supervisor.js';

/** A small HTTP server that is ready when asked, and ends on GET /crash. */
const APP = `
const { createServer } = require('node:http');
console.log('hello from ' + process.env.NAME);
createServer((request, response) => {
  if (request.url === '/crash') { console.error('it broke'); process.exit(5); }
  response.end('ok');
}).listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => { console.log('bye'); process.exit(0); });`;

describe('the supervisor', () => {
  let dir: string;
  let bystanders: ChildProcess[];
  const lines: string[] = [];
  const log = (line: string) => {
    lines.push(line);
  };

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'mesh-run-'));
    bystanders = [];
    lines.length = 0;
  });

  afterEach(async () => {
    await stopRunningMesh(dir, log);
    for (const bystander of bystanders) bystander.kill('SIGKILL');
    rmSync(dir, { recursive: true, force: true });
  });

  async function part(name: string, tier: Part['tier'] = 'app'): Promise<Part> {
    const port = await freePort();
    const url = `http://127.0.0.1:${String(port)}`;
    return {
      name,
      tier,
      url,
      health: `${url}/ready`,
      spec: {
        name,
        command: process.execPath,
        args: ['-e', APP],
        env: { PORT: String(port), NAME: name },
        logFile: logFileOf(dir, name),
        probe: () => askHealth(`${url}/ready`),
      },
    };
  }

  function bystander(env: Record<string, string> = {}): number {
    const child = spawn('sleep', ['300'], { env: { ...process.env, ...env }, stdio: 'ignore' });
    bystanders.push(child);
    return child.pid as number;
  }

  /** A supervisor that exists no more: what is in state.json after a kill -9. */
  function leaveBehind(change: Partial<RunState>): void {
    const supervisor = { pid: process.pid, startTime: '1' };
    writeState(dir, { version: 1, supervisor, handedOver: false, environment: {}, processes: [], ...change });
  }

  it('starts, shows and stops parts, apps before servers', async () => {
    const supervisor = await Supervisor.claim(dir, { adopt: false, log });
    const server = await supervisor.start(await part('store', 'server'));
    const app = await supervisor.start(await part('shop'));
    const rows = await meshStatus(dir);
    expect(rows).toMatchObject([
      { name: 'store', pid: server.pid, state: 'running', ready: true, rss: expect.any(Number) },
      { name: 'shop', pid: app.pid, state: 'running', ready: true },
    ]);
    expect(formatStatus(rows)).toMatch(
      /^name +pid +state +ready +rss +url\nstore +\d+ +running +yes +\d+ MB +http/,
    );
    await supervisor.stop();
    expect(lines).toEqual(['shop stopped', 'store stopped']);
    expect(readState(dir)).toBeUndefined();
    expect([isRunning(server.pid), isRunning(app.pid)]).toEqual([false, false]);
    expect(readFileSync(logFileOf(dir, 'shop'), 'utf8')).toBe('hello from shop\nbye\n');
  });

  it('records a restarted process under its new pid, at its old place', async () => {
    const supervisor = await Supervisor.claim(dir, { adopt: false, log });
    const store = await supervisor.start(await part('store', 'server'));
    const queue = await supervisor.start(await part('queue', 'server'));
    const before = store.pid;
    await store.kill();
    await store.restart();
    expect(store.pid).not.toBe(before);
    expect(readState(dir)?.processes).toMatchObject([
      { name: 'store', pid: store.pid },
      { name: 'queue', pid: queue.pid },
    ]);
    await supervisor.stop();
    expect(lines).toEqual(['queue stopped', 'store stopped']);
  });

  it('reports a part that crashes, and not one that is stopped', async () => {
    const crashes: Crash[] = [];
    const onCrash = (crash: Crash) => crashes.push(crash);
    const supervisor = await Supervisor.claim(dir, { adopt: false, log, onCrash });
    const shop = await part('shop');
    await supervisor.start(shop);
    await supervisor.start(await part('bank'));
    await expect(fetch(`${shop.url}/crash`)).rejects.toThrow();
    await until('a crash is told of', () => crashes.length > 0);
    expect(await meshStatus(dir)).toMatchObject([
      { name: 'shop', state: 'ended', ready: 'see ./mesh logs shop' },
      { name: 'bank', state: 'running' },
    ]);
    await supervisor.stop();
    expect(crashes).toEqual([{ name: 'shop', how: 'status 5', logFile: logFileOf(dir, 'shop') }]);
  });

  it('refuses while another one is at work', async () => {
    const pid = bystander();
    leaveBehind({ supervisor: { pid, startTime: processStartTime(pid) ?? '' } });
    await expect(Supervisor.claim(dir, { adopt: true, log })).rejects.toMatchObject({
      code: 'MESH_BUSY',
      message: expect.stringContaining(String(pid)),
    });
  });

  it('adopts what was handed over, or refuses to touch it', async () => {
    const first = await Supervisor.claim(dir, { adopt: false, log });
    const shop = await part('shop');
    const started = await first.start(shop);
    first.setEnvironment({ KEY: 'value' });
    first.handOver();
    await expect(Supervisor.claim(dir, { adopt: false, log })).rejects.toMatchObject({
      code: 'MESH_RUNNING',
    });
    const second = await Supervisor.claim(dir, { adopt: true, log });
    const record = second.runningRecord('shop');
    expect(record).toMatchObject({ pid: started.pid, url: shop.url });
    expect(second.environment).toEqual({ KEY: 'value' });
    if (record === undefined) return;
    const adopted = second.adopt(shop, record);
    expect(adopted.running).toBe(true);
    await adopted.kill();
    // What crashed meanwhile is started where its clients look for it.
    expect(second.runningRecord('shop')).toBeUndefined();
    expect(await second.portFor('shop')).toBe(Number(new URL(shop.url).port));
    await second.stop();
    expect(isRunning(started.pid)).toBe(false);
  });

  it.each(['the next up', 'the next down'])('cleans up in %s after one that was killed', async (which) => {
    // Two of its processes are left: one it had recorded, one that it was killed too early to record.
    const recorded = bystander();
    const unrecorded = bystander({ MESH_RUN: dir });
    const record = {
      name: 'shop',
      tier: 'app' as const,
      pid: recorded,
      startTime: processStartTime(recorded) ?? '',
      url: 'http://127.0.0.1:1',
      health: 'http://127.0.0.1:1/ready',
    };
    // A pid that meanwhile is another process's, this one's here, must be left alone.
    const recycled = { ...record, name: 'bank', pid: process.pid, startTime: '1' };
    leaveBehind({ processes: [record, recycled] });
    if (which === 'the next up') {
      const supervisor = await Supervisor.claim(dir, { adopt: true, log });
      expect(readState(dir)?.processes).toEqual([]);
      await supervisor.stop();
    } else {
      expect(await stopRunningMesh(dir, log)).toBe(true);
    }
    expect([isRunning(recorded), isRunning(unrecorded)]).toEqual([false, false]);
    expect(existsSync(join(dir, 'state.json'))).toBe(false);
  });

  it('says that nothing ran when there is nothing to stop', async () => {
    expect(await stopRunningMesh(dir, log)).toBe(false);
    expect(await meshStatus(dir)).toEqual([]);
  });
});
