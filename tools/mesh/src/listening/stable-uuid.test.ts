import { describe, expect, it } from '@jest/globals';
import { stableUuid } from './stable-uuid.js';

describe('stableUuid', () => {
  it('is a version 5 UUID, the same for the same name', () => {
    const id = stableUuid('listen', 'user-rob', 1_700_000_000);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(stableUuid('listen', 'user-rob', 1_700_000_000)).toBe(id);
  });

  it('tells where one part ends and the next begins', () => {
    expect(stableUuid('ab', 'c')).not.toBe(stableUuid('a', 'bc'));
  });
});
