import type { KafkaLogger } from '@mesh/kafka';
import type { Sink } from '../sink.js';
import type { Topology } from '../topology/topology.js';

/** One after the other, whichever fail. Never throws. */
export async function closeAll(logger: KafkaLogger, steps: readonly (() => Promise<void>)[]): Promise<void> {
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      logger.warn({ err: error }, 'closing went on after a failure');
    }
  }
}

/** Closing each of the topology's sinks. */
export function sinkClosings(topology: Topology): readonly (() => Promise<void>)[] {
  const sinks = new Set(
    topology.subTopologies.flatMap((sub) =>
      sub.nodes.flatMap((node): readonly Pick<Sink<never, never>, 'close'>[] =>
        node.kind === 'feed' ? [node.sink] : [],
      ),
    ),
  );
  return [...sinks].map((sink) => () => sink.close());
}
