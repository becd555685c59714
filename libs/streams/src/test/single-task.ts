import { deadLetterTopic } from '../runtime/dead-letters.js';
import { Task, type TaskOptions } from '../runtime/task.js';
import { CacheBudget } from '../state/pending-changes.js';
import { TaskState } from '../state/task-state.js';
import type { Topology } from '../topology/topology.js';

const APPLICATION_ID = 'app';

/**
 * The task of a topology that has one, of application `app`, with its state in memory and nobody who feeds it. A record
 * that fails stops it.
 *
 * @param budget of what waits in caches; default: nothing waits
 */
export function singleTask(
  topology: Topology,
  { budget = new CacheBudget(0), ...options }: Partial<TaskOptions> & { readonly budget?: CacheBudget },
): Task {
  const [subTopology, ...others] = topology.subTopologies;
  if (subTopology === undefined || others.length > 0)
    throw new TypeError('the topology is not one of one task');
  return new Task({
    applicationId: APPLICATION_ID,
    state: TaskState.inMemory({ applicationId: APPLICATION_ID, subTopology, partition: 0, budget }),
    sources: subTopology.sourceTopics.map(({ name: topic }) => ({ topic, partition: 0 })),
    collector: { send: () => undefined },
    onFailure: () => 'fail',
    deadLetterTopic,
    onWake: () => undefined,
    ...options,
  });
}
