import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deflateSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Command } from 'commander';
import { register } from './frame.js';

const ID = 'b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63';
const HEADER = '0300b7b4a7f09c964e4aa687fb5de9ef0c63';
const fixtures = fileURLToPath(new URL('../../../../libs/serde/fixtures/glue-java/', import.meta.url));
const EVERYTHING = join(fixtures, 'everything.avsc');

let folder: string;
let schema: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mesh-frame-'));
  schema = join(folder, 'event.avsc');
  const fields = [
    { name: 'title', type: ['null', 'string'] },
    { name: 'cover', type: 'bytes' },
    { name: 'plays', type: { type: 'map', values: 'long' } },
  ];
  writeFileSync(schema, JSON.stringify({ type: 'record', name: 'Event', fields }));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  jest.restoreAllMocks();
  process.exitCode = undefined;
});

/** Runs `mesh frame …` in this process. */
async function frame(...args: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  jest.spyOn(console, 'log').mockImplementation((line: string) => void out.push(line));
  jest.spyOn(console, 'error').mockImplementation((line: string) => void err.push(line));
  const program = new Command('mesh').exitOverride();
  register(program);
  await program.parseAsync(['frame', ...args], { from: 'user' });
  const status = process.exitCode ?? 0;
  process.exitCode = undefined;
  return { status, out: out.join('\n'), err: err.join('\n') };
}

describe('mesh frame', () => {
  it("encodes Avro's JSON to a frame in hexadecimal", async () => {
    const json = '{"title":{"string":"x"},"cover":"\\u00ff","plays":{"a":1}}';
    await expect(frame('encode', '--schema', schema, '--version-id', ID, json)).resolves.toEqual({
      status: 0,
      out: `${HEADER}02027802ff0202610200`,
      err: '',
    });
  });

  it('decodes a frame to its version id, compression and JSON', async () => {
    const { status, out, err } = await frame('decode', '--schema', schema, `${HEADER}02027802ff0202610200`);
    expect([status, err]).toEqual([0, '']);
    expect(out.split('\n')).toEqual([
      `version id:  ${ID}`,
      'compression: none',
      '{"title":{"string":"x"},"cover":"ÿ","plays":{"a":1}}',
    ]);
  });

  it('reads back what it made with zlib', async () => {
    const json = '{"title":null,"cover":"","plays":{}}';
    const { out: hex } = await frame('encode', '--schema', schema, '--version-id', ID, '--zlib', json);
    expect(hex).toMatch(/^0305/);
    const { out } = await frame('decode', '--schema', schema, hex.toUpperCase());
    expect(out).toContain('compression: zlib');
    expect(out.split('\n').at(-1)).toBe(json);
  });

  it("shows and makes Confluent's frames", async () => {
    const json = '{"title":null,"cover":"","plays":{}}';
    const { out: hex } = await frame('encode', '--schema', schema, '--schema-id', '258', json);
    expect(hex).toMatch(/^0000000102/);
    const { out } = await frame('decode', '--schema', schema, hex);
    expect(out).toBe(`schema id:   258\ncompression: none\n${json}`);
  });

  it("shows and makes the frames of AWS's Java serializer", async () => {
    const lines = readFileSync(join(fixtures, 'frames.jsonl'), 'utf8').trim().split('\n');
    for (const line of lines) {
      const java = JSON.parse(line) as { json: object; frame: string; compression: string };
      const { out } = await frame('decode', '--schema', EVERYTHING, java.frame);
      expect(JSON.parse(out.split('\n').at(-1) ?? '')).toEqual(java.json);
      if (java.compression === 'zlib') continue;
      const made = await frame(
        'encode',
        '--schema',
        EVERYTHING,
        '--version-id',
        ID,
        JSON.stringify(java.json),
      );
      expect(made.out).toBe(java.frame);
    }
  });
});

describe('mesh frame, given what is wrong,', () => {
  const bomb = `${HEADER.replace('0300', '0305')}${deflateSync(Buffer.alloc(64 * 1024 * 1024)).toString('hex')}`;
  const proto = Buffer.from('__proto__').toString('hex');

  it.each([
    ['no hexadecimal', 'xyz', 'HEX has to be pairs of hexadecimal digits'],
    ['half a byte', '030', 'HEX has to be pairs of hexadecimal digits'],
    ['nothing', '', 'FRAME_TRUNCATED'],
    ['half a header', HEADER.slice(0, 20), 'FRAME_TRUNCATED'],
    ['another format', `04${HEADER.slice(2)}`, 'FRAME_FORMAT'],
    ['half a body', `${HEADER}0202`, 'TRUNCATED: '],
    ['more than a body', `${HEADER}0000000000`, 'TRAILING_BYTES'],
    ['a bomb', bomb, 'TOO_LARGE'],
    ['a prototype as key', `${HEADER}00000212${proto}0200`, 'FORBIDDEN_KEY'],
    ['a map larger than its bytes', `${HEADER}0000feffffff0f`, 'INVALID_COUNT'],
  ])('refuses to decode %s in one line, with status 65', async (_, hex, reason) => {
    const { status, out, err } = await frame('decode', '--schema', schema, hex);
    expect([status, out]).toEqual([65, '']);
    expect(err).toMatch(/^mesh frame: [^\n]+$/);
    expect(err).toContain(reason);
  });

  it.each([
    ['no JSON', ID, '{', 'AVRO-JSON is no JSON'],
    ['an untagged union', ID, '{"title":"x","cover":"","plays":{}}', 'tagged with its branch'],
    ['a missing field', ID, '{"title":null,"plays":{}}', 'Event.cover'],
    ['an unknown field', ID, '{"title":null,"cover":"","plays":{},"x":1}', '"x"'],
    ['a wrong type', ID, '{"title":null,"cover":"","plays":{"a":"1"}}', 'Event.plays{}'],
    [
      'a long that is not exact',
      ID,
      '{"title":null,"cover":"","plays":{"a":9007199254740993}}',
      'INVALID_VALUE',
    ],
    ['an id that is no UUID', '42', '{"title":null,"cover":"","plays":{}}', 'is no UUID'],
  ])('refuses to encode %s in one line, with status 65', async (_, id, json, reason) => {
    const { status, out, err } = await frame('encode', '--schema', schema, '--version-id', id, json);
    expect([status, out]).toEqual([65, '']);
    expect(err).toMatch(/^mesh frame: [^\n]+$/);
    expect(err).toContain(reason);
  });

  it.each([
    ['is not there', undefined, 'the schema cannot be read'],
    ['is no JSON', '{\n', 'BAD_SCHEMA'],
    ['is no schema', '{"type":"strnig"}', 'BAD_SCHEMA'],
  ])('refuses a schema that %s', async (_, text, reason) => {
    const file = join(folder, 'other.avsc');
    if (text !== undefined) writeFileSync(file, text);
    const { status, err } = await frame('decode', '--schema', file, HEADER);
    expect(status).toBe(65);
    expect(err).toMatch(/^mesh frame: [^\n]+$/);
    expect(err).toContain(reason);
  });
});
