import type { Serializer } from '../../serde.js';
import type { TopicChooserNode, TopicNode } from '../../topology/nodes.js';
import { OperatorFailure } from '../failures.js';
import type { OperatorEnvironment, Process } from './operator.js';
import { partitionedBy, type Write } from './partitioned.js';

/** Whether key and value are still those of the source record, in the very serde to be written: its bytes go on then. */
interface Unchanged {
  readonly key: boolean;
  readonly value: boolean;
}

/** Writes to a topic. */
export function topicOperator(node: TopicNode, env: OperatorEnvironment, unchanged: Unchanged): Process {
  const { partition, partitioner } = node;
  const topic = env.topic(node.topic);
  const write = writing(node, env, unchanged);
  if (partitioner !== undefined) {
    const choose = partitionedBy(node.name, partitioner, env, write);
    return (key, value) => choose(topic, key, value);
  }
  if (partition !== undefined) return (key, value) => write(topic, key, value, partition(value));
  return (key, value) => write(topic, key, value, undefined);
}

/** As {@link topicOperator}, to the topic that a function of the user's chooses. */
export function topicChooserOperator(
  node: TopicChooserNode,
  env: OperatorEnvironment,
  unchanged: Unchanged,
): Process {
  const { context } = env;
  const { partitioner } = node;
  const write = writing(node, env, unchanged);
  const writeTo =
    partitioner === undefined
      ? (topic: string, key: unknown, value: unknown): void => write(topic, key, value, undefined)
      : partitionedBy(node.name, partitioner, env, write);
  return (key, value) => {
    let topic: string;
    try {
      topic = node.choose(key, value, context);
    } catch (error) {
      throw new OperatorFailure('TRANSFORMATION', node.name, error);
    }
    writeTo(topic, key, value);
  };
}

function writing(node: TopicNode | TopicChooserNode, env: OperatorEnvironment, unchanged: Unchanged): Write {
  const { context, collector } = env;
  const encode = (topic: string, serializer: Serializer<unknown>, data: unknown): Buffer | null =>
    data === null || data === undefined ? null : serializer.serialize(topic, data, context.headers);
  return (topic, key, value, partition) => {
    try {
      collector.send(
        topic,
        unchanged.key ? context.record.key : encode(topic, node.key, key),
        unchanged.value ? context.record.value : encode(topic, node.value, value),
        context.headers,
        context.timestamp,
        partition,
      );
    } catch (error) {
      throw new OperatorFailure('KAFKA_PRODUCE', node.name, error);
    }
  };
}
