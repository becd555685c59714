import { topicName, type Topology } from '../topology/topology.js';
import type { Admin } from '@mesh/kafka';
import { StreamsAssignor } from './assignment/streams-assignor.js';
import type { RuntimeConfig } from './config.js';

const TIMEOUT_MS = 30_000;
const POLL_MS = 100;

/**
 * Tells all instances of the application to end (KIP-671): a member that joins the group for this, since the thread that
 * has failed is no member any more. The leader passes it on with the assignment.
 */
export async function requestShutdown(
  topology: Topology,
  config: RuntimeConfig,
  admin: Admin,
): Promise<void> {
  const { client, applicationId, instanceId, logger } = config;
  let told = false;
  const assignor = new StreamsAssignor({
    ...config,
    topology,
    admin,
    processId: `${instanceId}-shutdown`,
    applicationServer: undefined,
    thread: {
      activeTasks: () => [],
      offsetSums: () => ({}),
      shutdownRequested: true,
      onAssigned: () => {
        told = true;
      },
    },
  });
  const consumer = client.consumer({
    groupId: applicationId,
    isolation: 'read_committed',
    offsetReset: 'none',
    assignors: [assignor],
  });
  try {
    const nothing = (): void => undefined;
    const topics = topology.subTopologies.flatMap((sub) =>
      sub.sourceTopics.map((ref) => topicName(applicationId, ref)),
    );
    const listener = {
      // None of it is read: there is no position.
      onAssigned: nothing,
      onRevoked: nothing,
      onLost: nothing,
    };
    await consumer.subscribe(topics, listener);
    const deadline = performance.now() + TIMEOUT_MS;
    while (!told && performance.now() < deadline) await consumer.poll(POLL_MS);
    if (!told) logger.error({}, 'could not tell the other instances to end');
  } catch (error) {
    if (!told) logger.error({ err: error }, 'could not tell the other instances to end');
  } finally {
    await consumer.close();
  }
}
