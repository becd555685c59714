import { describe, expect, it } from '@jest/globals';
import { canonicalForm } from './canonical-form.js';
import { incompatibility, parseAvro, unreadable, type Compatibility } from './compatibility.js';

type Json = unknown;
const record = (fields: Json[], more: object = {}): Json => ({
  type: 'record',
  name: 'Event',
  namespace: 'music',
  fields,
  ...more,
});
const id = { name: 'id', type: 'string' };
const base = record([id]);
const optional = record([id, { name: 'note', type: ['null', 'string'], default: null }]);
const required = record([id, { name: 'note', type: 'string' }]);
const symbols = (list: string[], more: object = {}): Json =>
  record([{ name: 'kind', type: { type: 'enum', name: 'Kind', symbols: list, ...more } }]);
const typed = (type: Json): Json => record([{ name: 'value', type }]);
const tree = (leaf: Json): Json =>
  record([
    { name: 'value', type: leaf },
    { name: 'children', type: { type: 'array', items: 'Event' } },
  ]);

const text = (schema: Json): string => JSON.stringify(schema);
const reads = (reader: Json, writer: Json) => unreadable(parseAvro(text(reader)), parseAvro(text(writer)));

describe('a reader', () => {
  it.each<[string, Json, Json]>([
    ['a field added with a default', optional, base],
    ['a field removed', base, required],
    ['a promoted number', typed('double'), typed('int')],
    ['bytes as a string', typed('string'), typed('bytes')],
    ['a value in a union', typed(['null', 'long']), typed('int')],
    ['a union in another order', typed(['null', 'long']), typed(['int', 'null'])],
    ['a symbol added', symbols(['A', 'B']), symbols(['A'])],
    ['a symbol unknown, with a default', symbols(['A'], { default: 'A' }), symbols(['A', 'B'])],
    ['a field renamed with an alias', record([{ name: 'key', aliases: ['id'], type: 'string' }]), base],
    ['a record renamed with an alias', record([id], { name: 'Happening', aliases: ['music.Event'] }), base],
    ['another namespace', record([id], { namespace: 'songs' }), base],
    ['another logical type', typed({ type: 'long', logicalType: 'timestamp-millis' }), typed('long')],
    ['a recursive record', tree('long'), tree('int')],
    ['maps', typed({ type: 'map', values: 'long' }), typed({ type: 'map', values: 'int' })],
  ])('takes %s', (_, reader, writer) => {
    expect(reads(reader, writer)).toBeUndefined();
  });

  it.each<[string, Json, Json, string]>([
    ['a field added without a default', required, base, 'note: the writer has no such field'],
    ['a narrowed number', typed('int'), typed('long'), 'value: long cannot be read as int'],
    ['a branch it has not', typed('int'), typed(['int', 'string']), 'value: string cannot be read as int'],
    [
      'a value of no branch',
      typed(['null', 'int']),
      typed('string'),
      "value: no branch of the reader's union",
    ],
    ['a symbol removed', symbols(['A']), symbols(['A', 'B']), "kind: the reader's enum music.Kind lacks B"],
    [
      'a record renamed',
      record([id], { name: 'Other' }),
      base,
      "neither the name nor an alias of the writer's",
    ],
    [
      'a fixed of another size',
      typed({ type: 'fixed', name: 'F', size: 8 }),
      typed({ type: 'fixed', name: 'F', size: 4 }),
      'value: fixed of 4 bytes cannot be read as one of 8',
    ],
    ['a recursive record narrowed', tree('int'), tree('long'), 'value: long cannot be read as int'],
    [
      'items of another type',
      typed({ type: 'array', items: 'int' }),
      typed({ type: 'array', items: 'string' }),
      'value[]:',
    ],
    [
      'values of another type',
      typed({ type: 'map', values: 'int' }),
      typed({ type: 'map', values: 'string' }),
      'value{}:',
    ],
  ])('does not take %s', (_, reader, writer, problem) => {
    expect(reads(reader, writer)).toContain(problem);
  });
});

describe('compatibility', () => {
  // Three versions of which each step is fine, but the last cannot read what the first wrote.
  const withDefault = record([id, { name: 'note', type: 'string', default: '' }]);
  const steps: Json[] = [base, withDefault];

  it.each<[Compatibility, Json, boolean]>([
    ['NONE', typed('int'), true],
    ['DISABLED', typed('int'), true],
    ['BACKWARD', required, true],
    ['BACKWARD_ALL', required, false],
    ['BACKWARD', optional, true],
    ['BACKWARD', record([id, { name: 'extra', type: 'int' }]), false],
    ['FORWARD', record([{ name: 'note', type: 'string' }]), false],
    ['FORWARD', base, true],
    ['FORWARD', record([id, { name: 'extra', type: 'int' }]), true],
    ['FORWARD_ALL', record([id, { name: 'extra', type: 'int' }]), true],
    ['FORWARD_ALL', record([{ name: 'extra', type: 'int' }]), false],
    ['FULL', withDefault, true],
    ['FULL', required, true],
    ['FULL_ALL', required, false],
    [
      'FULL',
      record([id, { name: 'note', type: 'string', default: '' }, { name: 'extra', type: 'int' }]),
      false,
    ],
    ['FULL_ALL', optional, false],
  ])('%s of %j: %s', (mode, next, compatible) => {
    const problem = incompatibility(
      mode,
      text(next),
      steps.map((step) => text(step)),
    );
    expect(problem === undefined).toBe(compatible);
  });

  it('says which direction is broken', () => {
    expect(incompatibility('BACKWARD', text(required), [text(base)])).toMatch(
      /^the new version cannot read what an earlier one wrote: note: /,
    );
    expect(incompatibility('FORWARD', text(base), [text(required)])).toMatch(
      /^an earlier version cannot read what the new one writes: note: /,
    );
  });
});

describe('the canonical form', () => {
  const same = (a: Json, b: Json) =>
    expect(canonicalForm(JSON.stringify(a, null, 2))).toBe(canonicalForm(text(b)));
  const different = (a: Json, b: Json) => expect(canonicalForm(text(a))).not.toBe(canonicalForm(text(b)));

  it('does not know spaces, the order of attributes, or how names and primitives are written', () => {
    same(base, { fields: [{ type: { type: 'string' }, name: 'id' }], name: 'music.Event', type: 'record' });
    same(
      record([
        { name: 'a', type: { type: 'fixed', name: 'F', size: 2 } },
        { name: 'b', type: ['null', 'F'] },
      ]),
      record([
        { name: 'a', type: { type: 'fixed', name: 'music.F', size: 2 } },
        { name: 'b', type: [{ type: 'null' }, 'music.F'] },
      ]),
    );
  });

  it('knows documentation, defaults, aliases, logical types, and the order of fields and symbols', () => {
    different(base, record([{ ...id, doc: 'who' }]));
    different(base, record([{ ...id, default: '' }]));
    different(base, record([{ ...id, aliases: ['key'] }]));
    different(typed('long'), typed({ type: 'long', logicalType: 'timestamp-millis' }));
    different(record([id, { name: 'b', type: 'int' }]), record([{ name: 'b', type: 'int' }, id]));
    different(symbols(['A', 'B']), symbols(['B', 'A']));
    different(base, record([id], { namespace: 'songs' }));
  });
});
