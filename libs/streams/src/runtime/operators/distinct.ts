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
  const isItself = ({ offset, topic: from }: FirstSeen): boolean =>
    !env.exactlyOnce && offset === context.offset && (from === undefined || from === topicHash());

  const isRepetition = (id: Buffer): boolean => {
    for (const [, { value }] of store.fetch(id, 0, Number.MAX_SAFE_INTEGER)) {
      if (!isItself(value) || brought.get(context.record)?.has(id.toString('latin1')) === true) return true;
    }
    return false;
  };

  /** Ids, by the record that brought them in this life of the task, where it became many: they are repetitions among them. */
  const brought = new WeakMap<object, Set<string>>();
  const remember = (id: Buffer): void => {
    const ids = brought.get(context.record);
    if (ids === undefined) brought.set(context.record, new Set([id.toString('latin1')]));
    else ids.add(id.toString('latin1'));
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
    const seen = { offset: context.offset, topic: topicHash() };
    guarded(() => store.put(id, timestamp - (timestamp % segmentMs), seen, timestamp));
    if (!env.exactlyOnce) remember(id);
  };
}
