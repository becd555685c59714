import type { SourceNode, TimestampPolicy } from '../../topology/nodes.js';
import { OperatorFailure } from '../failures.js';
import { isTime } from '../timestamps.js';
import type { OperatorEnvironment, Process } from './operator.js';

/** Gives records their times, where they are not simply their own. */
export function sourceOperator(node: SourceNode, env: OperatorEnvironment, next: Process): Process {
  const policy = node.timestamp;
  if (policy === undefined) return next;
  const { context, counters, life } = env;
  const extract = extractorOf(policy, env);
  /** The latest time of each topic's partition. */
  const partitionTimes = new Map<string, number>();
  return (key, value) => {
    const partitionTime = partitionTimes.get(context.topic) ?? -1;
    let timestamp: number;
    try {
      timestamp = extract(value, key, partitionTime);
      if (!isTime(timestamp) && policy.onInvalid === 'usePartitionTime') timestamp = partitionTime;
      if (!isTime(timestamp) && policy.onInvalid !== 'logAndSkip') throw invalid(policy, timestamp);
    } catch (error) {
      throw new OperatorFailure('TRANSFORMATION', node.name, error);
    }
    if (!isTime(timestamp)) {
      const { topic, partition, offset } = context;
      life.warn(`${node.name}: record ${topic}-${partition}@${offset} is left out: its time is ${timestamp}`);
      counters.dropped += 1;
      return;
    }
    if (timestamp > partitionTime) partitionTimes.set(context.topic, timestamp);
    context.timestamp = timestamp;
    life.observe(timestamp);
    next(key, value);
  };
}

function extractorOf(
  { extract }: TimestampPolicy,
  { context, life }: OperatorEnvironment,
): (value: unknown, key: unknown, partitionTime: number) => number {
  if (extract === 'record') return () => context.timestamp;
  if (extract === 'wall-clock') return () => life.now();
  return (value, key, partitionTime) => extract(value, key, context, partitionTime);
}

function invalid({ extract, onInvalid }: TimestampPolicy, timestamp: number): RangeError {
  if (onInvalid === 'usePartitionTime') {
    return new RangeError(
      'the record has no time, and none before it in its partition had one to be used instead',
    );
  }
  const who = extract === 'record' ? "the record's timestamp is" : 'the timestamp extractor answered';
  return new RangeError(`${who} ${timestamp}, which is no time: give milliseconds since the epoch`);
}
