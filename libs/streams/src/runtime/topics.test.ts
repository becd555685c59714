import { describe, expect, it } from '@jest/globals';
import type { Admin, TopicSpec } from '@mesh/kafka';
import { StreamsBuilder, stringSerde, type Repartitioned } from '../index.js';
import { prepareTopics, type PreparedTopics } from './topics.js';

const strings = { key: stringSerde, value: stringSerde };
const nothing = (): void => undefined;

/** A cluster with one topic of three partitions, to which topics are added. */
async function prepare(repartitioned: Repartitioned<string, string>): Promise<PreparedTopics> {
  const topics = new Map<string, TopicSpec>();
  topics.set('in', { name: 'in', partitions: 3, replicationFactor: 1, config: {} });
  const admin: Pick<Admin, 'describeTopics' | 'createTopics' | 'topicConfig'> = {
    describeTopics: async (names) => names.flatMap((name) => topics.get(name) ?? []),
    createTopics: async (specs) => {
      for (const spec of specs) topics.set(spec.name, spec);
      return specs.map(({ name }) => name);
    },
    topicConfig: async (name) => topics.get(name)?.config ?? {},
  };
  const builder = new StreamsBuilder();
  builder.stream('in', strings).repartition(repartitioned).groupByKey().count({ store: 'counts' });
  return prepareTopics(admin as Admin, builder.build(), {
    applicationId: 'app',
    replicationFactor: 1,
    missingTopicsTimeoutMs: 0,
    createDeadLetterTopics: false,
    logger: { debug: nothing, info: nothing, warn: nothing, error: nothing },
  });
}

describe('a repartition topic', () => {
  it('has as many partitions as the largest source, or as it is given, and so its tasks and state', async () => {
    const byDefault = await prepare({ name: 'r', ...strings });
    expect(byDefault.tasks).toEqual([3, 3]);
    const given = await prepare({ name: 'r', ...strings, partitions: 5 });
    expect(given.tasks).toEqual([3, 5]);
    expect(Object.fromEntries(given.internal)).toEqual({
      'app-r-repartition': 5,
      'app-counts-changelog': 5,
    });
  });
});
