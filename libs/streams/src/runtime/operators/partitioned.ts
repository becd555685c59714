import { KafkaError } from '@mesh/kafka';
import { inspect } from 'node:util';
import { StreamsError } from '../../errors.js';
import type { Partitioner } from '../../topology/nodes.js';
import type { PartitionCounts } from '../collector.js';
import { OperatorFailure, toError } from '../failures.js';
import type { RecordContext } from '../record-context.js';
import type { OperatorEnvironment } from './operator.js';

/** Writes a record to a partition: `undefined` for that of its key. */
export type Write = (topic: string, key: unknown, value: unknown, partition: number | undefined) => void;

/** How long a topic that is not there is not asked for again, so that not each record for it waits. Milliseconds. */
const ASK_AGAIN_MS = 5_000;
/** Of a key in an error. Characters. */
const KEY_LIMIT = 200;

/** What a node that writes needs of partitions. */
interface Partitioned {
  readonly name: string;
  readonly partitioner?: Partitioner;
  /** Whether the topic is of the record's own choosing: one that is not there is the failure of the record. */
  readonly topicChosen: boolean;
}

/**
 * Chooses partitions by a function of the user's, which must be told how many there are.
 *
 * @throws StreamsError `INVALID_TOPOLOGY` where nobody can be asked
 */
export function partitionedBy(
  { name, partitioner: { choose }, topicChosen }: Partitioned & { readonly partitioner: Partitioner },
  env: OperatorEnvironment,
  write: Write,
): (topic: string, key: unknown, value: unknown) => void {
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

  return whenKnown({ name, topicChosen }, countsOf(name, env), env, (topic, key, value, count) =>
    write(topic, key, value, partitionOf(topic, key, value, count)),
  );
}

/**
 * Writes to topics of which it is known how many partitions they have. Where that is to be asked first, records wait, in
 * their order, and nothing is taken meanwhile.
 */
export function whenKnown(
  { name, topicChosen }: Partitioned,
  partitions: PartitionCounts,
  { context, pending, life }: OperatorEnvironment,
  write: (topic: string, key: unknown, value: unknown, count: number) => void,
): (topic: string, key: unknown, value: unknown) => void {
  /** By topic, when the last record that waits is done with. */
  const waiting = new Map<string, Promise<void>>();
  const missing = new Map<string, { readonly error: Error; readonly at: number }>();

  const ask = async (topic: string): Promise<number> => {
    const known = partitions.known(topic);
    if (known !== undefined) return known;
    const asked = missing.get(topic);
    if (asked !== undefined && life.now() - asked.at < ASK_AGAIN_MS) throw asked.error;
    missing.delete(topic);
    return partitions.ask(topic);
  };

  const refuse = (of: RecordContext, topic: string, thrown: unknown): void => {
    const error = toError(thrown);
    if (!topicChosen || !(error instanceof KafkaError) || error.code !== 'UNKNOWN_TOPIC') {
      pending.broken(error);
      return;
    }
    if (!missing.has(topic)) missing.set(topic, { error, at: life.now() });
    pending.failed(of, new OperatorFailure('KAFKA_PRODUCE', name, error));
  };

  const wait = (topic: string, key: unknown, value: unknown): void => {
    const hold = pending.hold();
    pending.full();
    const of = context.snapshot();
    const done = (waiting.get(topic) ?? Promise.resolve())
      .then(() => ask(topic))
      .then(
        (count) => pending.resume(of, () => write(topic, key, value, count)),
        (error: unknown) => refuse(of, topic, error),
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
    else write(topic, key, value, count);
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
