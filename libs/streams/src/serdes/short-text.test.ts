import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { stringSerde } from './serdes.js';
import { shortLatin1 } from './short-text.js';

it('is what the engine makes of the bytes, for up to 12', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 16 }), (bytes) => {
      const data = Buffer.from(bytes);
      expect(shortLatin1(data)).toBe(data.length > 12 ? undefined : data.toString('latin1'));
      expect(stringSerde.deserialize('topic', data, [])).toBe(data.toString('utf8'));
    }),
    { numRuns: 1_000 },
  );
});

it('is read as UTF-8 where it is more than ASCII', () => {
  expect(stringSerde.deserialize('topic', Buffer.from('é'), [])).toBe('é');
  expect(stringSerde.deserialize('topic', Buffer.from('plain key'), [])).toBe('plain key');
});
