import { inspect } from 'node:util';
import { StreamsError } from '../../errors.js';
import type { Partitioner } from '../../topology/nodes.js';
import type { PartitionCounts } from '../collector.js';
import { OperatorFailure, toError } from '../failures.js';
import type { OperatorEnvironment } from './operator.js';

/** Writes a record to a partition: `undefined` for that of its key. */
export type Write = (topic: string, key: unknown, value: unknown, partition: number | undefined) => void;

/** Of a key in an error. Characters. */
const KEY_LIMIT = 200;

/**
 * Chooses partitions by a function of the user's, which must be told how many there are. Where that is to be asked first,
 * records wait, in their order, and nothing is taken meanwhile.
 *
 * @throws StreamsError `INVALID_TOPOLOGY` where nobody can be asked
 */
export function partitionedBy(
  name: string,
  { choose }: Partitioner,
  env: OperatorEnvironment,
  write: Write,
): (topic: string, key: unknown, value: unknown) => void {
  const { context, pending } = env;
  const partitions = countsOf(name, env);
  /** By topic, when the last record that waits is done with. */
  const waiting = new Map<string, Promise<void>>();

  const partitionOf = (topic: string, key: unknown, value: unknown, count: number): number | undefined => {
    let partition: number | undefined;
    try {
      partition = choose(topic, key, value, count);
      if (partition !== undefined && !(Number.isInteger(partition) && partition >= 0 && partition < count))
        throw outOfRange(topic, key, partition, count);
    } catch (error) {
      throw new OperatorFailure('KAFKA_PRODUCE', name, error);
    }
    return partition;
  };

  const wait = (topic: string, key: unknown, value: unknown): void => {
    const hold = pending.hold();
    pending.full();
    const of = context.snapshot();
    const done = (waiting.get(topic) ?? Promise.resolve())
      .then(() => partitions.known(topic) ?? partitions.ask(topic))
      .then(
        (count) => pending.resume(of, () => write(topic, key, value, partitionOf(topic, key, value, count))),
        (error: unknown) => pending.broken(toError(error)),
      )
      .then(() => {
        if (waiting.get(topic) === done) waiting.delete(topic);
        pending.free();
        pending.release(hold);
      });
    waiting.set(topic, done);
  };

  return (topic, key, value) => {
    const count = waiting.has(topic) ? undefined : partitions.known(topic);
    if (count === undefined) wait(topic, key, value);
    else write(topic, key, value, partitionOf(topic, key, value, count));
  };
}

function countsOf(name: string, { collector }: OperatorEnvironment): PartitionCounts {
  if (collector.partitions !== undefined) return collector.partitions;
  throw new StreamsError(
    'INVALID_TOPOLOGY',
    `${name} has a streamPartitioner, and here nobody knows how many partitions a topic has: leave it out`,
  );
}

function outOfRange(topic: string, key: unknown, partition: unknown, count: number): RangeError {
  const of = inspect(key, { breakLength: Number.POSITIVE_INFINITY }).slice(0, KEY_LIMIT);
  return new RangeError(
    `the streamPartitioner answered ${inspect(partition)} for a record of ${topic} with the key ${of}: ` +
      `the topic has ${count} partitions, so answer 0 to ${count - 1}, or undefined`,
  );
}
