import type { Serializer } from '../../serde.js';
import type { TopicChooserNode, TopicNode } from '../../topology/nodes.js';
import { OperatorFailure } from '../failures.js';
import type { OperatorEnvironment, Process } from './operator.js';

/**
 * Writes to a topic.
 *
 * @param unchanged whether key and value are still those of the source record, in the very serde to be written: its
 *   bytes then go on as they are
 */
export function topicOperator(
  node: TopicNode,
  env: OperatorEnvironment,
  unchanged: { readonly key: boolean; readonly value: boolean },
): Process {
  const { context, collector } = env;
  const topic = env.topic(node.topic);
  const encode = (serializer: Serializer<unknown>, data: unknown): Buffer | null =>
    data === null || data === undefined ? null : serializer.serialize(topic, data, context.headers);
  return (key, value) => {
    try {
      collector.send(
        topic,
        unchanged.key ? context.record.key : encode(node.key, key),
        unchanged.value ? context.record.value : encode(node.value, value),
        context.headers,
        context.timestamp,
        node.partition?.(value),
      );
    } catch (error) {
      throw new OperatorFailure('KAFKA_PRODUCE', node.name, error);
    }
  };
}

/** As {@link topicOperator}, to the topic that a function of the user's chooses. */
export function topicChooserOperator(
  node: TopicChooserNode,
  env: OperatorEnvironment,
  unchanged: { readonly key: boolean; readonly value: boolean },
): Process {
  const { context, collector } = env;
  const encode = (topic: string, serializer: Serializer<unknown>, data: unknown): Buffer | null =>
    data === null || data === undefined ? null : serializer.serialize(topic, data, context.headers);
  const choose = (key: unknown, value: unknown): string => {
    try {
      return node.choose(key, value, context);
    } catch (error) {
      throw new OperatorFailure('TRANSFORMATION', node.name, error);
    }
  };
  return (key, value) => {
    const topic = choose(key, value);
    try {
      collector.send(
        topic,
        unchanged.key ? context.record.key : encode(topic, node.key, key),
        unchanged.value ? context.record.value : encode(topic, node.value, value),
        context.headers,
        context.timestamp,
      );
    } catch (error) {
      throw new OperatorFailure('KAFKA_PRODUCE', node.name, error);
    }
  };
}
