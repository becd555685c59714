import { inspect } from 'node:util';
import type { Serializer } from '../../serde.js';
import { SerdeError } from '../../serdes/serdes.js';
import { isTopicName, TOPIC_NAME_RULE } from '../../topology/topic-name.js';
import type { TopicChooserNode, TopicNode } from '../../topology/nodes.js';
import { OperatorFailure } from '../failures.js';
import type { OperatorEnvironment, Process } from './operator.js';
import { partitionedBy, whenKnown, type Write } from './partitioned.js';

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
    const choose = partitionedBy({ name: node.name, partitioner, topicChosen: false }, env, write);
    return (key, value) => choose(topic, key, value);
  }
  if (partition !== undefined) return (key, value) => write(topic, key, value, partition(value));
  return (key, value) => write(topic, key, value, undefined);
}

/**
 * As {@link topicOperator}, to the topic that a function of the user's chooses. One that there is not, or cannot be, is the
 * failure of its record.
 */
export function topicChooserOperator(
  node: TopicChooserNode,
  env: OperatorEnvironment,
  unchanged: Unchanged,
): Process {
  const { context } = env;
  const writeTo = writingTo(node, env, writing(node, env, unchanged));
  return (key, value) => {
    let topic: string;
    try {
      topic = node.choose(key, value, context);
      if (!isTopicName(topic))
        throw new RangeError(`${inspect(topic)} was chosen, which is no name of a topic: ${TOPIC_NAME_RULE}`);
    } catch (error) {
      throw new OperatorFailure('TRANSFORMATION', node.name, error);
    }
    writeTo(topic, key, value);
  };
}

function writingTo(
  { name, partitioner }: TopicChooserNode,
  env: OperatorEnvironment,
  write: Write,
): (topic: string, key: unknown, value: unknown) => void {
  if (partitioner !== undefined) return partitionedBy({ name, partitioner, topicChosen: true }, env, write);
  const unpartitioned = (topic: string, key: unknown, value: unknown): void =>
    write(topic, key, value, undefined);
  const { partitions } = env.collector;
  if (partitions === undefined) return unpartitioned;
  return whenKnown({ name, topicChosen: true }, partitions, env, unpartitioned);
}

function writing(node: TopicNode | TopicChooserNode, env: OperatorEnvironment, unchanged: Unchanged): Write {
  const { context, collector } = env;
  const encode = (topic: string, serializer: Serializer<unknown>, data: unknown): Buffer | null =>
    data === null || data === undefined
      ? null
      : bytesOf(topic, serializer.serialize(topic, data, context.headers));
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

/** What is no bytes would be written as whatever it looks like to the encoder. */
function bytesOf(topic: string, serialized: Buffer | null): Buffer | null {
  if (serialized === null || ArrayBuffer.isView(serialized)) return serialized;
  throw new SerdeError(`a serializer for ${topic} answered ${inspect(serialized)}, which is no Buffer`);
}
