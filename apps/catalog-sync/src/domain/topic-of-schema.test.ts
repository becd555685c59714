import { events } from '@mesh/contracts';
import { describe, expect, it } from '@jest/globals';
import { topicOfSchema } from './topic-of-schema.js';

describe('the topic of a schema', () => {
  it('is known of every contract, and of nothing else', () => {
    for (const { schemaName, topic } of events) {
      expect(topicOfSchema(schemaName)).toMatchObject({
        name: topic,
        key: { field: expect.any(String) as unknown },
      });
    }
    expect(topicOfSchema('films.film')).toBeUndefined();
  });
});
