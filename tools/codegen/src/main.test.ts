import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RUN_SOURCES } from '@mesh/jest/sources.mjs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const here = fileURLToPath(new URL('.', import.meta.url));
const SONG = 'schemas/songs/song/2.avsc';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mesh-codegen-'));
  cpSync(join(here, '../../../schemas'), join(root, 'schemas'), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function run(...args: string[]) {
  const program = join(here, 'main.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, [...RUN_SOURCES, program, ...args], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

describe('the generator as a command', () => {
  it('writes, and then finds all current', () => {
    expect(run(root)).toMatchObject({ status: 0, stdout: expect.stringContaining('9 files, 9 changed') });
    expect(run('--check', root)).toMatchObject({ status: 0, stdout: expect.stringContaining('all current') });
  });

  it('fails a check of what is stale, saying how and what to do', () => {
    run(root);
    const text = readFileSync(join(root, SONG), 'utf8');
    writeFileSync(join(root, SONG), text.replace('The title as released.', 'The title.'));
    const { status, stderr } = run('--check', root);
    expect(status).toBe(1);
    expect(stderr).toContain('hint: schemas/songs/song/2.avsc: was changed, but versions are immutable');
    expect(stderr).toMatch(/stale: libs\/contracts\/src\/generated\/song\.ts: \d+ lines differ/);
    expect(stderr).toContain('run npm run generate and commit');
  });

  it('fails for a contract that breaks a rule', () => {
    writeFileSync(join(root, SONG), '{}');
    expect(run(root)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(`${SONG}: the type has to be a record`),
    });
  });

  it('says how it is used', () => {
    expect(run('--chekc')).toMatchObject({ status: 64, stderr: expect.stringContaining('usage:') });
  });
});
