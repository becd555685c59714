import { describe, expect, it } from '@jest/globals';
import { encodeHeld } from './held-record.js';
import { InMemoryBuffer } from './in-memory-buffer.js';
import { CacheBudget, type ChangeHost } from './pending-changes.js';

describe('a buffer', () => {
  it('takes its time from the records that wait, not from when their changes were written', () => {
    const record = {
      timestamp: 5,
      offset: 0,
      topic: 'in',
      partition: 0,
      headers: [],
      value: Buffer.from('v'),
      oldValue: null,
      priorValue: null,
    };
    const host: ChangeHost = { flush: () => undefined } as unknown as ChangeHost;
    const restored = new InMemoryBuffer({
      name: 'held',
      changelog: { write: () => undefined },
      cache: { host, budget: new CacheBudget(0) },
    });
    restored.restore(Buffer.from('a'), encodeHeld(record, 10));
    restored.restore(Buffer.from('b'), null);
    expect(restored.streamTime).toBe(5);
    expect([...restored.due(10)].map(({ record: held }) => held)).toEqual([record]);
  });
});
