import type { KeyValueStore } from '../../state/ports.js';
import type { GlobalJoinNode } from '../../topology/global-nodes.js';
import { guarded, isAbsent } from './key-bytes.js';
import type { OperatorEnvironment, Process } from './operator.js';

/** Joins each record with what a global table holds now for the key that the record names. */
export function globalJoinOperator(node: GlobalJoinNode, env: OperatorEnvironment, next: Process): Process {
  const { context, counters } = env;
  const { leftJoin } = node;
  const { topic, store: spec } = node.table;
  const store = env.globalStore(spec.name) as KeyValueStore<unknown>;
  const select = guarded(node.name, node.selector);
  const join = guarded(node.name, node.joiner);
  const joins = counters.join(node.name);
  const encode = guarded(node.name, (key: unknown) => spec.key.serialize(topic.name, key, context.headers));
  return (key, value) => {
    const named = isAbsent(value) ? undefined : select(key, value, context);
    if (isAbsent(value) || (isAbsent(named) && !leftJoin)) {
      counters.dropped += 1;
      return;
    }
    const stored = isAbsent(named) ? undefined : store.get(encode(named, undefined, undefined) as Buffer);
    if (stored === undefined) joins.missed += 1;
    else joins.matched += 1;
    if (stored === undefined && !leftJoin) return;
    next(key, join(value, stored?.value ?? null, undefined));
  };
}
