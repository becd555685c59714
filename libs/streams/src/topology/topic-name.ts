const NAME = /^[A-Za-z0-9._-]{1,249}$/;

/** For people: see {@link isTopicName}. */
export const TOPIC_NAME_RULE = 'use 1 to 249 letters, digits, dots, underscores and hyphens';

/** Whether a broker would have a topic of this name (`Topic.validate` of Kafka). */
export function isTopicName(name: unknown): name is string {
  return typeof name === 'string' && NAME.test(name) && name !== '.' && name !== '..';
}
