import { StreamsError } from '../../errors.js';
import { facadeOf } from '../../processor/store-facades.js';
import type { Node } from '../../topology/nodes.js';
import { storesOf } from '../../topology/topology.js';
import type { RecordMetadata } from '../../record.js';
import type { ProcessingContext } from '../../processor/processor.js';
import { failureOf } from '../failures.js';
import type { OperatorEnvironment } from './operator.js';

/** What a processor is given of its task: clocks, metadata and its stores by name. */
export function processingContext(node: Node, env: OperatorEnvironment): ProcessingContext<object> {
  const { context, life } = env;
  const stores = new Map<string, object>();
  for (const spec of storesOf(node)) {
    const facade = facadeOf(env.store(spec.name), {
      spec,
      topic: env.changelog(spec.name),
      time: () => context.timestamp,
    });
    if (facade !== undefined) stores.set(spec.name, facade);
  }
  return {
    applicationId: life.applicationId,
    taskId: life.taskId,
    get recordMetadata(): RecordMetadata | undefined {
      return context.topic === '' ? undefined : context;
    },
    currentStreamTimeMs: () => life.streamTime(),
    currentSystemTimeMs: () => life.now(),
    getStateStore: (name: string) => {
      const store = stores.get(name);
      if (store !== undefined) return store as never;
      throw new StreamsError(
        'ILLEGAL_STATE',
        `${node.name} has no store ${name}: name it in { stores } where the processor is added`,
      );
    },
    schedule: (intervalMs, type, punctuator, options) =>
      life.schedule(
        intervalMs,
        type,
        (timestamp) => {
          try {
            punctuator(timestamp);
          } catch (error) {
            throw failureOf(node.name, error);
          }
        },
        options,
      ),
    commit: () => life.requestCommit(),
  };
}
