import type { WindowStore } from '../../state/ports.js';
import type { DistinctNode } from '../../topology/nodes.js';
import { OperatorFailure } from '../failures.js';
import type { OperatorEnvironment, Process } from './operator.js';

/**
 * Lets the first record of each id through. Ids stand in windows by their record's time, several to the remembered
 * time, so that what is forgotten goes a window at once.
 *
 * An id is remembered after its record went on: one whose record fails further down is not, and may come again from
 * the dead letters. Its value is the record's offset. At least once, the changelog may hold an id whose outputs were
 * lost with the process: after the restart its record is no repetition of itself.
 */
export function distinctOperator(node: DistinctNode, env: OperatorEnvironment, next: Process): Process {
  const { context, counters } = env;
  const { by, windowMs, segmentMs } = node;
  const store = env.store(node.store.name) as WindowStore<number>;
  const topic = env.changelog(node.store.name);
  /** The record that was last remembered here, as opposed to before a restart. */
  let lastTopic = '';
  let lastOffset = -1;

  const isRepetition = (id: Buffer): boolean => {
    const { offset } = context;
    for (const [, stored] of store.fetch(id, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)) {
      const again = stored.value === offset && !(lastOffset === offset && lastTopic === context.topic);
      if (!again) return true;
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
    guarded(() => store.put(id, timestamp - (timestamp % segmentMs), context.offset, timestamp));
    lastTopic = context.topic;
    lastOffset = context.offset;
  };
}
