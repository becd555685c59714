import type { TopicOfSchema } from '@mesh/catalog';
import { events, topics } from '@mesh/contracts';

/** Topics as the contracts describe them. */
export const topicOfSchema: TopicOfSchema = (schema) => {
  const event = events.find(({ schemaName }) => schemaName === schema);
  const topic = topics.find(({ name }) => name === event?.topic);
  if (topic === undefined) return undefined;
  const { name, domain, doc, partitions, key } = topic;
  return { name, domain, doc, partitions, key };
};
