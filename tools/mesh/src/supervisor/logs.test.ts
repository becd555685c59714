import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@mesh/jest/until.mjs';

import { followLog, printLog } from './logs.js';

describe('logs', () => {
  let dir: string;
  let shown: string;
  const write = (text: string) => {
    shown += text;
  };

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'mesh-logs-'));
    shown = '';
  });

  afterEach(() => {
    rmSync(dir, { recursive: true, force: true });
  });

  it('are printed from the end', () => {
    writeFileSync(join(dir, 'shop.log'), 'one\ntwo\nthree\n');
    printLog(dir, 'shop', 2, write);
    expect(shown).toBe('two\nthree\n');
  });

  it('are followed, also over a new beginning', async () => {
    writeFileSync(join(dir, 'shop.log'), 'before\n');
    const stop = new AbortController();
    const following = followLog(printLog(dir, 'shop', 10, write), write, stop.signal);
    appendFileSync(join(dir, 'shop.log'), 'added\n');
    await until('what is added is shown', () => shown.endsWith('added\n'));
    writeFileSync(join(dir, 'shop.log'), 'new\n');
    await until('what is new is shown', () => shown.endsWith('new\n'));
    stop.abort();
    await following;
    expect(shown).toBe('before\nadded\nnew\n');
  });

  it('of an unknown name are an error that names the known ones', () => {
    writeFileSync(join(dir, 'bank.log'), '');
    writeFileSync(join(dir, 'shop.log'), '');
    expect(() => printLog(dir, 'nope', 10, write)).toThrow(
      'there is no log of nope: there are those of bank, shop',
    );
    expect(() => printLog(join(dir, 'none'), 'nope', 10, write)).toThrow('there are none yet');
  });
});
