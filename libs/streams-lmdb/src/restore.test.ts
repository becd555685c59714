import { describe, expect, it } from '@jest/globals';
import { proveRestore } from './test/restore/prove.js';

describe('an application killed under exactly-once with 100,000 keys on disk', () => {
  it('replays no more than one commit interval wrote, and counts each record once', async () => {
    const proof = await proveRestore(100_000, () => undefined);
    expect(proof.replayed).toBeLessThanOrEqual(proof.mostPerCommit);
    expect(proof.changelogRecords).toBeGreaterThanOrEqual(100_000);
    expect(proof.counted).toBe(proof.produced);
  }, 600_000);
});
