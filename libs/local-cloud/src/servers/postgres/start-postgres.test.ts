import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';

import { LocalCloudError } from '../../errors.js';
import type { LocalServer } from '../local-server.js';
import { isRunning } from '../process-table.js';
import { startPostgres } from './start-postgres.js';

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  // Ends with the server in some of the tests.
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

describe('Postgres', () => {
  let server: LocalServer;

  beforeAll(async () => {
    server = await startPostgres();
  }, 120_000);

  afterAll(async () => {
    await server.stop();
  });

  it('answers queries at its address, in UTF-8 and UTC', async () => {
    expect(server.url).toMatch(/^postgres:\/\/postgres@127\.0\.0\.1:\d+\/postgres$/);
    const [row] = await query(
      server.url,
      `SELECT current_setting('server_encoding') AS encoding, current_setting('TimeZone') AS zone`,
    );
    expect(row).toEqual({ encoding: 'UTF8', zone: 'UTC' });
  });

  it('keeps what was committed over kill -9 and restart, at the same address', async () => {
    await query(server.url, 'CREATE TABLE kept (n int)');
    await query(server.url, 'INSERT INTO kept VALUES (1)');
    const { pid, url } = server;
    const open = new Client({ connectionString: url });
    open.on('error', () => {});
    await open.connect();
    await server.kill();
    expect(isRunning(pid)).toBe(false);
    await server.restart();
    expect(server.url).toBe(url);
    expect(await query(url, 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
  });

  it('stops although a session is open', async () => {
    const open = new Client({ connectionString: server.url });
    open.on('error', () => {});
    await open.connect();
    await server.stop();
    expect(server.running).toBe(false);
    await expect(query(server.url, 'SELECT 1')).rejects.toThrow(/ECONNREFUSED/);
  });
});

it('runs from a folder that other users cannot enter', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-closed-'));
  const dataDir = join(folder, 'deep', 'data');
  mkdirSync(dataDir, { recursive: true });
  let server: LocalServer;
  try {
    server = await startPostgres({ dataDir });
  } catch (error) {
    // Where the system forbids user namespaces it can't, and says what to do.
    expect(error).toBeInstanceOf(LocalCloudError);
    expect((error as Error).message).toContain('MESH_HOME');
    return;
  }
  try {
    expect(await query(server.url, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
