import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RUN_SOURCES } from '@mesh/jest/sources.mjs';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseCases } from './case-file.js';

const aggregate = { op: 'aggregate', in: 'in', out: 'out' };
const record = { topic: 'in', key: 'a', value: 'A', ts: 1 };

function fileOf(...cases: readonly unknown[]): string {
  return JSON.stringify({ cases });
}

describe('a file of cases', () => {
  it.each([
    ['{', 'not JSON'],
    ['[]', 'no list of cases: []'],
    [fileOf(5), 'case 0: 5 is not an object'],
    [fileOf({ name: 'n', nodes: [aggregate] }), 'case 0 "n": inputs is missing; it is to be a list'],
    [
      fileOf({ name: 'n', nodes: [aggregate, { op: 'sort' }], inputs: [] }),
      'case 0 "n", node 1: op is "sort"; it is to be one of timeWindow, ',
    ],
    [
      fileOf({ name: 'n', nodes: [{ op: 'timeWindow', in: 'in', out: 'out' }], inputs: [] }),
      'case 0 "n", node 0 (timeWindow): sizeMs is missing; it is to be a whole number of milliseconds',
    ],
    [
      fileOf({ name: 'n', nodes: [{ ...aggregate, agg: 'sum' }], inputs: [] }),
      'case 0 "n", node 0 (aggregate): agg is "sum"; it is to be one of count, concat',
    ],
    [
      fileOf({ name: 'n', nodes: [aggregate], inputs: [record, { ...record, ts: undefined }] }),
      'case 0 "n", input 1: ts is missing; it is to be a whole number of milliseconds, 0 or more',
    ],
    [
      fileOf({ name: 'n', nodes: [{ op: 'tableOps', in: 'in', out: 'out', ops: ['merge'] }], inputs: [] }),
      'case 0 "n", node 0 (tableOps): ops is ["merge"]; it is to be a list of filter, filterNot, mapValues, tra',
    ],
    [
      fileOf({ nodes: [aggregate], inputs: [{ ...record, value: { no: 'text' } }] }),
      'case 0 "", input 0: value is {"no":"text"}; it is to be a string',
    ],
  ])('is refused with what is wrong, and where: %s', (text, message) => {
    expect(() => parseCases(text)).toThrow(message);
  });

  it('is refused where it is nested deeper than can be shown', () => {
    const nested = `{"cases":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
    expect(() => parseCases(nested)).toThrow('case 0: nested too deeply is not an object');
  });

  it('may leave out what is null, have numbers for texts, and fields that nobody knows', () => {
    const inputs = [
      { topic: 'in', ts: 1 },
      { ...record, key: 1, value: null, headers: null, note: 'x' },
    ];
    expect(
      parseCases('\uFEFF' + fileOf({ name: 7, nodes: [aggregate], inputs, config: null })).cases,
    ).toEqual([{ name: '7', nodes: [aggregate], inputs, config: null }]);
  });
});

describe('the command', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'conformance-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function answer(text: string | Buffer): Promise<{ code: number; stdout: string; stderr: string }> {
    const file = join(folder, 'cases.json');
    await writeFile(file, text);
    return new Promise((resolve) => {
      const program = execFile(
        process.execPath,
        [...RUN_SOURCES, join(import.meta.dirname, 'main.ts'), file],
        { env: { ...process.env, NODE_OPTIONS: '' } },
        (_error, stdout, stderr) => resolve({ code: program.exitCode ?? -1, stdout, stderr }),
      );
    });
  }

  it('tells a wrong file, and cases that fail, by its exit code', async () => {
    const good = { name: 'good', nodes: [aggregate], inputs: [record] };
    const astray = { name: 'astray', nodes: [aggregate], inputs: [{ ...record, topic: 'elsewhere' }] };
    const lines = '{"case":"good","input":0,"topic":"out","key":"a","value":"1","ts":1}\n';
    const totals = '{"case":"good","droppedRecords":0,"inputs":1}\n';

    expect(await answer(fileOf(good))).toEqual({ code: 0, stdout: lines + totals, stderr: '' });
    expect(await answer('{')).toMatchObject({
      code: 65,
      stdout: '',
      stderr: expect.stringContaining('not JSON'),
    });
    const mixed = await answer(fileOf(astray, good));
    expect(mixed.code).toBe(1);
    expect(mixed.stdout).toContain(lines);
    expect(mixed.stderr).toContain(
      'case 0 "astray": Error: input 0: StreamsError: the topology does not read elsewhere',
    );
    const unbounded = { ...good, config: { 'statestore.cache.max.bytes': 'all' } };
    expect((await answer(fileOf(unbounded))).stderr).toContain(
      'statestore.cache.max.bytes is all; it is to be a whole number of bytes, 0 or more',
    );
    expect(await answer(Buffer.from(fileOf(good).replace('"A"', '"\u00e9"'), 'latin1'))).toMatchObject({
      code: 65,
      stderr: expect.stringContaining('not text in UTF-8'),
    });
  }, 60_000);
});
