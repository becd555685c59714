import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { contentId, EventIds, type EventIdsEntry } from './event-ids.js';
import { UuidSet } from './uuid-set.js';

describe('a set of UUIDs', () => {
  it('does what a set of strings does', () => {
    // Few values a byte, so that ids repeat and collide.
    const id = fc.array(fc.constantFrom(0, 1, 255), { minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(fc.array(id, { maxLength: 2_000 }), (ids) => {
        const set = new UuidSet();
        const reference = new Set<string>();
        for (const bytes of ids) {
          const buffer = Buffer.from(bytes);
          const key = buffer.toString('hex');
          expect(set.has(buffer)).toBe(reference.has(key));
          expect(set.add(buffer)).toBe(!reference.has(key));
          reference.add(key);
        }
        expect(set.size).toBe(reference.size);
        expect(new Set([...set].map((bytes) => bytes.toString('hex')))).toEqual(reference);
      }),
      { numRuns: 50 },
    );
  });
});

describe('event ids', () => {
  const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

  it('are new once, in whatever form', () => {
    const ids = new EventIds(1_000);
    const given = [
      uuid(1),
      'not a uuid',
      uuid(1).toUpperCase().replace('4000', 'A000'),
      uuid(2),
      uuid(1),
      'not a uuid',
    ];
    expect(given.map((id) => ids.add(id))).toEqual([true, true, true, true, false, false]);
    expect(ids.distinct).toBe(4);
    expect(new Set(ids.ids())).toEqual(new Set(given));
  });

  it('are remembered for at least a generation, and counted for ever', () => {
    const ids = new EventIds(100);
    for (let n = 0; n < 1_000; n++) expect(ids.add(uuid(n))).toBe(true);
    expect(ids.distinct).toBe(1_000);
    for (let n = 900; n < 1_000; n++) expect(ids.add(uuid(n))).toBe(false);
    expect([...ids.ids()].length).toBeLessThanOrEqual(200);
  });

  it('come back from a snapshot', () => {
    const ids = new EventIds(150);
    for (let n = 0; n < 200; n++) ids.add(n % 10 === 0 ? `id ${n}` : uuid(n));
    const restored = new EventIds(150);
    for (const entry of ids.snapshot()) {
      restored.restore(JSON.parse(JSON.stringify(entry)) as EventIdsEntry, ids.distinct);
    }
    expect(restored.distinct).toBe(200);
    expect(new Set(restored.ids())).toEqual(new Set(ids.ids()));
    expect(restored.add(uuid(199))).toBe(false);
    expect(restored.add(uuid(200))).toBe(true);
  });

  it('made of content differ where the content does', () => {
    expect(contentId('a', 1)).toBe(contentId('a', 1));
    expect(contentId('a', 'b,c')).not.toBe(contentId('a,b', 'c'));
  });
});
