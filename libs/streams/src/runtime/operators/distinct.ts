import { hashOfTopic, type FirstSeen } from '../../serdes/first-seen.js';
import type { WindowStore } from '../../state/ports.js';
import type { DistinctNode } from '../../topology/nodes.js';
import { OperatorFailure } from '../failures.js';
import type { OperatorEnvironment, Process } from './operator.js';

/**
 * Lets the first record of each id through. Ids stand in windows by their record's time, several to the remembered
 * time, so that what is forgotten goes a window at once.
 *
 * An id is remembered after its record went on: one whose record fails further down is not, and may come again from
 * the dead letters. Its value is the record's place. At least once, the changelog may hold an id whose outputs were
 * lost with the process: after the restart its record, the one at that place, is no repetition of itself, once.
 * Exactly once, what the changelog holds has its outputs.
 */
export function distinctOperator(node: DistinctNode, env: OperatorEnvironment, next: Process): Process {
  const { context, counters } = env;
  const { by, windowMs, segmentMs } = node;
  const store = env.store(node.store.name) as WindowStore<FirstSeen>;
  const topic = env.changelog(node.store.name);
  const hashes = new Map<string, number>();

  const topicHash = (): number => {
    const known = hashes.get(context.topic);
    if (known !== undefined) return known;
    const hash = hashOfTopic(context.topic);
    hashes.set(context.topic, hash);
    return hash;
  };

  /** Whether the record is the one that brought the id, before a restart that may have lost what became of it. */
  const isItself = ({ offset, topic: from, restored }: FirstSeen): boolean =>
    restored && !env.exactlyOnce && offset === context.offset && (from === undefined || from === topicHash());

  const isRepetition = (id: Buffer): boolean => {
    for (const [, { value }] of store.fetch(id, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)) {
      if (!isItself(value)) return true;
    }
    return false;
  };

  const guarded = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw new OperatorFailure('TRANSFORMATION', node.name, error);
    }
  };

  return (key, value) => {
    const { timestamp } = context;
    const id = guarded(() => {
      const given = by(key, value, context);
      return given === null || given === undefined
        ? undefined
        : node.store.key.serialize(topic, given, context.headers);
    });
    if (id === undefined) {
      next(key, value);
      return;
    }
    if (timestamp <= store.streamTime - windowMs) {
      counters.dropped += 1;
      return;
    }
    if (guarded(() => isRepetition(id))) {
      counters.repeated += 1;
      return;
    }
    next(key, value);
    const seen = { offset: context.offset, topic: topicHash(), restored: false };
    guarded(() => store.put(id, timestamp - (timestamp % segmentMs), seen, timestamp));
  };
}
