import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { TARGET, generate } from './generate.js';
import { InvalidContractsError } from './model.js';

const workspace = fileURLToPath(new URL('../../..', import.meta.url));
const INTERACTION = 'schemas/interactions/interaction/1.avsc';
const MANIFEST = 'schemas/interactions/interaction/topic.json';

interface Schema {
  name: string;
  namespace?: string;
  doc?: string;
  fields: { name: string; type: unknown; doc?: string; default?: unknown }[];
}

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mesh-codegen-'));
  cpSync(join(workspace, 'schemas'), join(root, 'schemas'), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const read = (path: string) => readFileSync(join(root, path), 'utf8');
const write = (path: string, value: unknown) => writeFileSync(join(root, path), JSON.stringify(value));

function change<T>(path: string, edit: (value: T) => void): void {
  const value = JSON.parse(read(path)) as T;
  edit(value);
  write(path, value);
}

function faults(): readonly string[] {
  try {
    generate(root, { write: true });
  } catch (error) {
    if (error instanceof InvalidContractsError) return error.faults;
    throw error;
  }
  return [];
}

const check = () => generate(root, { write: false });

describe('the generator', () => {
  it('has been run on the contracts as they are', () => {
    expect(generate(workspace, { write: false })).toMatchObject({ stale: [], warnings: [] });
  });

  it('gives the same bytes each time, whatever was there', () => {
    generate(root, { write: true });
    const once = readdirSync(join(root, TARGET)).map((name) => [name, read(`${TARGET}/${name}`)]);
    rmSync(join(root, TARGET), { recursive: true });
    generate(root, { write: true });
    expect(readdirSync(join(root, TARGET)).map((name) => [name, read(`${TARGET}/${name}`)])).toEqual(once);
    expect(once.every(([, text]) => text?.startsWith('// Generated from schemas/'))).toBe(true);
  });

  it('tells what is stale and leaves it', () => {
    generate(root, { write: true });
    writeFileSync(
      join(root, TARGET, 'song.ts'),
      read(`${TARGET}/song.ts`).replace('title: string', 'title: number'),
    );
    writeFileSync(join(root, TARGET, 'gone.ts'), '');
    rmSync(join(root, TARGET, 'user.ts'));
    expect(check().stale).toEqual([
      expect.stringMatching(
        /^song\.ts: 1 lines differ, the first is \d+: is .*title: number.* has to be .*title: string/,
      ),
      'user.ts: missing',
      'gone.ts: has no source any more',
    ]);
    expect(read(`${TARGET}/song.ts`)).toContain('title: number');
    generate(root, { write: true });
    expect(check().stale).toEqual([]);
  });

  it('generates the newest version, and remembers the older ones', () => {
    change<Schema>(INTERACTION, ({ fields }) =>
      fields.push({ name: 'device', type: ['null', 'string'], default: null, doc: 'The device.' }),
    );
    const next = read(INTERACTION);
    cpSync(join(workspace, INTERACTION), join(root, INTERACTION));
    writeFileSync(join(root, 'schemas/interactions/interaction/2.avsc'), next);
    generate(root, { write: true });
    const text = read(`${TARGET}/interaction.ts`);
    expect(text).toMatch(/\/\/ version 1 sha256 \w{64}\n\/\/ version 2 sha256 \w{64}\n/);
    expect(text).toContain('"version": 2');
    expect(text).toMatch(/"earlier": \[\n {4}\{\n {6}"type": "record"/);
    expect(text).toContain('readonly device: string | null;');
    expect(check()).toMatchObject({ stale: [], warnings: [] });
  });

  it('points out a published version that was changed or taken away', () => {
    generate(root, { write: true });
    change<Schema>(INTERACTION, (schema) => (schema.doc = 'Another doc.'));
    expect(check().warnings).toEqual([
      expect.stringContaining(`${INTERACTION}: was changed, but versions are immutable`),
    ]);
    expect(check().stale).toHaveLength(1);
  });

  it('does not mind another layout of the same version', () => {
    generate(root, { write: true });
    writeFileSync(join(root, INTERACTION), JSON.stringify(JSON.parse(read(INTERACTION)), null, 8));
    expect(check()).toMatchObject({ stale: [], warnings: [] });
  });

  it('turns every kind of Avro type into its TypeScript form', () => {
    const doc = 'Some doc.';
    change<Schema>('schemas/songs/song/2.avsc', ({ fields }) => {
      fields.push(
        { name: 'kind', doc, type: { type: 'enum', name: 'Kind', doc, symbols: ['LIVE', 'STUDIO'] } },
        { name: 'other', doc, type: 'Kind' },
        { name: 'cover', doc, type: 'bytes' },
        { name: 'hash', doc, type: { type: 'fixed', name: 'Hash', size: 4 } },
        { name: 'gain', doc, type: 'double' },
        { name: 'labels', doc, type: { type: 'map', values: 'string' } },
        { name: 'maybe', doc, type: { type: 'array', items: ['null', 'long'] } },
        {
          name: 'credit',
          doc,
          type: {
            type: 'record',
            name: 'Credit',
            doc,
            fields: [{ name: 'next', doc, type: ['null', 'Credit'], default: null }],
          },
        },
      );
    });
    generate(root, { write: true });
    const text = read(`${TARGET}/song.ts`);
    for (const line of [
      'readonly kind: SongKind;',
      'readonly other: SongKind;',
      'readonly cover: Buffer;',
      'readonly hash: Buffer;',
      'readonly gain: number;',
      'readonly labels: Readonly<Record<string, string>>;',
      'readonly maybe: readonly (number | null)[];',
      'readonly genres: readonly string[];',
      'readonly credit: SongCredit;',
      'readonly next: SongCredit | null;',
      "export const songKinds = ['LIVE', 'STUDIO'] as const;",
    ]) {
      expect(text).toContain(line);
    }
  });
});

describe('a contract is refused', () => {
  const field = (name: string) => (schema: Schema) =>
    schema.fields.find((candidate) => candidate.name === name);

  it.each<[string, (schema: Schema) => void, string]>([
    [
      'without a doc on a field',
      (schema) => delete field('userId')(schema)?.doc,
      'Interaction.userId needs a doc',
    ],
    ['without a doc on its record', (schema) => delete schema.doc, 'Interaction needs a doc'],
    [
      'under another record name',
      (schema) => (schema.name = 'Other'),
      "the record's name has to be Interaction",
    ],
    [
      'in another namespace',
      (schema) => (schema.namespace = 'music'),
      'the namespace has to be music.interactions',
    ],
    [
      'with a field in snake_case',
      (schema) => schema.fields.push({ name: 'a_b', type: 'int', doc: 'A.' }),
      'Interaction.a_b needs a name in camelCase',
    ],
    [
      'without its key',
      (schema) => (schema.fields = schema.fields.filter(({ name }) => name !== 'userId')),
      'the key userId of topic.json has to be a string field here',
    ],
    [
      'without its envelope',
      (schema) => (schema.fields = schema.fields.filter(({ name }) => name !== 'eventId')),
      'the envelope needs eventId',
    ],
    [
      'with an id that is no UUID',
      (schema) => (schema.fields[0] = { name: 'eventId', type: 'string', doc: 'An id.' }),
      'the envelope needs eventId of type',
    ],
    [
      'with a union of two types',
      (schema) => schema.fields.push({ name: 'a', type: ['int', 'string'], doc: 'A.' }),
      'Interaction.a is a union other than null and one type',
    ],
    [
      'with a nullable field without default',
      (schema) => schema.fields.push({ name: 'a', type: ['null', 'int'], doc: 'A.' }),
      'Interaction.a may be null, so it needs',
    ],
    [
      'with a symbol in lower case',
      (schema) =>
        schema.fields.push({
          name: 'a',
          type: { type: 'enum', name: 'E', doc: 'E.', symbols: ['x'] },
          doc: 'A.',
        }),
      'has the symbol x, not in UPPER_CASE',
    ],
    [
      'with a type that is none',
      (schema) => schema.fields.push({ name: 'a', type: 'strnig', doc: 'A.' }),
      'is no valid Avro',
    ],
  ])('%s', (_, edit, fault) => {
    change(INTERACTION, edit);
    expect(faults()).toEqual(
      expect.arrayContaining([expect.stringMatching(new RegExp(`^${INTERACTION}: .*`))]),
    );
    expect(faults().join('\n')).toContain(fault);
  });

  it.each<[string, (manifest: Record<string, unknown>) => void, string]>([
    [
      'without a reason for its key',
      (manifest) => (manifest['key'] = { field: 'userId', why: ' ' }),
      'key needs field and why',
    ],
    [
      'with a fraction of partitions',
      (manifest) => (manifest['partitions'] = 1.5),
      'partitions has to be a positive integer',
    ],
    [
      'with a number as setting',
      (manifest) => (manifest['config'] = { 'cleanup.policy': 'delete', 'retention.ms': 1 }),
      'config[retention.ms] has to be a string',
    ],
    [
      'that compacts events away',
      (manifest) => (manifest['config'] = { 'cleanup.policy': 'compact' }),
      'config[cleanup.policy] has to be delete',
    ],
    [
      'with a topic name in upper case',
      (manifest) => (manifest['topic'] = 'Interactions'),
      'topic has to be a topic name',
    ],
    [
      'with a topic of another domain',
      (manifest) => (manifest['topic'] = 'users'),
      'two contracts have the topic name "users"',
    ],
  ])('%s', (_, edit, fault) => {
    change(MANIFEST, edit);
    expect(faults().join('\n')).toContain(fault);
  });

  it('whose entity has no revision in its newest version', () => {
    const song = 'schemas/songs/song/2.avsc';
    change<Schema>(
      song,
      (schema) => (schema.fields = schema.fields.filter(({ name }) => name !== 'version')),
    );
    expect(faults()).toEqual([
      `${song}: an entity needs version of type "long", by which its states are ordered`,
    ]);
  });

  it('with all its faults at once, and nothing is written', () => {
    writeFileSync(join(root, INTERACTION), '{');
    rmSync(join(root, 'schemas/users/user/topic.json'));
    mkdirSync(join(root, 'schemas/songs/empty'));
    writeFileSync(join(root, 'schemas/podcasts/episode/latest.avsc'), '{}');
    writeFileSync(join(root, 'schemas/podcasts/episode/4.avsc'), '{}');
    expect(faults()).toEqual([
      expect.stringContaining(`${INTERACTION}: is no JSON`),
      expect.stringContaining('schemas/podcasts/episode/latest.avsc: is no version'),
      expect.stringContaining('schemas/podcasts/episode: version 3 is missing'),
      expect.stringContaining('schemas/songs/empty/topic.json: is missing'),
      expect.stringContaining('schemas/songs/empty: holds no version'),
      expect.stringContaining('schemas/users/user/topic.json: is missing'),
    ]);
    expect(readdirSync(root)).toEqual(['schemas']);
  });
});
