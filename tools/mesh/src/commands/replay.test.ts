import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { RUN_SOURCES } from '@mesh/jest/sources.mjs';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ListeningEvent } from '../listening/event.js';
import { writeState } from '../supervisor/state.js';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

const listen = (second: number, changes: object = {}) =>
  JSON.stringify({
    listened_at: 1_700_000_000 + second,
    user_name: 'rob',
    track_metadata: { artist_name: 'Portishead', track_name: `Track ${second}`, release_name: 'Dummy' },
    ...changes,
  });

describe('mesh replay', () => {
  let home: string;
  let server: Server;
  let url: string;
  let taken: ListeningEvent[];

  beforeEach(async () => {
    home = mkdtempSync(join(tmpdir(), 'mesh-replay-'));
    taken = [];
    server = createServer((request, response) => {
      void text(request).then((body) => {
        const { events } = JSON.parse(body) as { events: ListeningEvent[] };
        const results = events.map((event, index) => {
          if (event.occurredAt === 1_700_000_009_000) {
            return {
              index,
              status: 400,
              error: { field: 'occurredAt', reason: 'must not be in the future' },
            };
          }
          taken.push(event);
          return { index, status: 202, eventId: event.eventId };
        });
        response.writeHead(207, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ accepted: results.length, results }));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(home, { recursive: true });
  });

  const mesh = async (...args: string[]) => {
    const child = spawn(process.execPath, [...RUN_SOURCES, MAIN, 'replay', ...args], {
      env: { PATH: process.env['PATH'], MESH_HOME: home },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const status = new Promise<number | null>((resolve) => child.once('close', resolve));
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return { status: await status, stdout, stderr };
  };

  const file = (...lines: string[]): string => {
    const path = join(home, 'listens.jsonl');
    writeFileSync(path, lines.join('\n'));
    return path;
  };

  it('sends the good lines, names the bad ones, and goes on', async () => {
    const path = file(listen(1), '{"listened_at":', listen(9), listen(3, { user_name: null }), listen(4));
    const { status, stdout, stderr } = await mesh(path, '--url', url);
    expect(stdout).toMatch(/^2 accepted, 3 rejected, 0 sent again, in /);
    expect(stderr).toMatch(/^line 2: is no JSON/m);
    expect(stderr).toMatch(/^line 3: occurredAt must not be in the future$/m);
    expect(stderr).toMatch(/^line 4: user_name must be a text that is not empty$/m);
    expect(taken.map(({ occurredAt }) => occurredAt)).toEqual([1_700_000_001_000, 1_700_000_004_000]);
    expect(status).toBe(0);
  });

  it('finds the API of the running mesh', async () => {
    writeState(join(home, 'run'), {
      version: 1,
      supervisor: { pid: 1, startTime: '' },
      handedOver: true,
      environment: {},
      processes: [{ name: 'interactions', tier: 'app', pid: 1, startTime: '', url, health: `${url}/ready` }],
    });
    const { status, stdout } = await mesh(file(listen(1)));
    expect(stdout).toMatch(/^1 accepted, 0 rejected/);
    expect(status).toBe(0);
  });

  it('says what to do where no mesh runs', async () => {
    const { status, stderr } = await mesh(file(listen(1)));
    expect(stderr).toMatch(/mesh: no mesh is running: start one with \.\/mesh up, or say where/);
    expect(status).toBe(1);
  });

  it('says which file it cannot read', async () => {
    const { status, stderr } = await mesh(join(home, 'nothing.jsonl'), '--url', url);
    expect(stderr).toMatch(/mesh: cannot read the listens of .*nothing\.jsonl: ENOENT/);
    expect(status).toBe(1);
  });

  it('fails where nothing of the file can be used', async () => {
    const { status, stdout } = await mesh(file('no listen'), '--url', url);
    expect(stdout).toMatch(/^0 accepted, 1 rejected/);
    expect(status).toBe(1);
  });

  it.each([
    ['--rate', '0', /number above 0/],
    ['--url', 'localhost:8080', /address as http/],
  ])('refuses %s %s as a mistake of usage', async (option, value, message) => {
    const { status, stderr } = await mesh(file(listen(1)), option, value);
    expect(stderr).toMatch(message);
    expect(status).toBe(64);
  });
});
