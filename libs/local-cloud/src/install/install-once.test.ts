import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { installOnce, type Installation } from './install-once.js';
import { toolsDir } from './paths.js';

describe('an installation', () => {
  const before = process.env['MESH_HOME'];
  let home: string;
  let lockFile: string;
  let runs: number;

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'mesh-install-'));
    process.env['MESH_HOME'] = home;
    lockFile = join(home, 'versions.lock');
    writeFileSync(lockFile, 'part 1.0');
    runs = 0;
  });

  afterEach(() => {
    if (before === undefined) delete process.env['MESH_HOME'];
    else process.env['MESH_HOME'] = before;
    rmSync(home, { recursive: true, force: true });
  });

  const lines: string[] = [];
  const note = (line: string) => {
    lines.push(line);
  };

  function part(install?: Installation['install']): Installation {
    return {
      name: 'part',
      lockFiles: [lockFile],
      install: async (dir, attempt) => {
        runs += 1;
        await install?.(dir, attempt);
        writeFileSync(join(dir, 'file'), 'installed');
      },
    };
  }

  it('is done once', async () => {
    const dir = await installOnce(part(), note);
    expect(await installOnce(part(), note)).toBe(dir);
    expect(existsSync(join(dir, 'file'))).toBe(true);
    expect(runs).toBe(1);
  });

  it('is done once when several ask at the same time', async () => {
    await Promise.all([installOnce(part(), note), installOnce(part(), note), installOnce(part(), note)]);
    expect(runs).toBe(1);
  });

  it('is done anew, elsewhere, when what it is locked to changes', async () => {
    const dir = await installOnce(part(), note);
    writeFileSync(lockFile, 'part 1.1');
    expect(await installOnce(part(), note)).not.toBe(dir);
    expect(runs).toBe(2);
  });

  it('is tried again from an empty folder after a failed download, and says so', async () => {
    const seen: string[][] = [];
    const dir = await installOnce(
      part(async (folder, attempt) => {
        seen.push(readdirSync(folder));
        writeFileSync(join(folder, 'half'), '');
        if (attempt === 1) throw new Error('connection reset');
      }),
      note,
    );
    expect(seen).toEqual([[], []]);
    expect(existsSync(join(dir, '.complete'))).toBe(true);
    expect(lines.join('\n')).toMatch(/part: attempt 1 of 3 failed, trying again: connection reset/);
  });

  it('that was interrupted is thrown away and redone, though its owner left a lock', async () => {
    const dir = await installOnce(part(), note);
    rmSync(dir, { recursive: true });
    const partial = `${dir}.partial-1`;
    mkdirSync(partial);
    // Process 1 exists but started at another time than this: the owner is gone.
    writeFileSync(`${dir}.lock`, '1 0');
    await installOnce(part(), note);
    expect(runs).toBe(2);
    expect(existsSync(partial)).toBe(false);
    expect(readdirSync(toolsDir())).toEqual([dir.slice(toolsDir().length + 1)]);
  });
});
