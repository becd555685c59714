import type { Assigned, Subscription } from '../runtime/assignment/messages.js';

/** What a member says, with all that there is to say. Fixtures have it: it stays as it is. */
export function subscriptionIn(version: number): Subscription {
  return {
    version,
    processId: 'process-1',
    applicationServer: 'host:7070',
    active: ['0_0', '0_1', '1_4'],
    offsetSums: { '0_0': 12, '0_1': 2 ** 40 },
    shutdown: false,
  };
}

/** What the leader says, likewise. */
export const assigned: Assigned = {
  standby: ['1_3'],
  clients: [
    { applicationServer: 'host:7070', activeTasks: ['0_0', '0_1'], standbyTasks: [] },
    { activeTasks: ['1_3'], standbyTasks: ['0_0'] },
  ],
  probe: true,
  shutdown: false,
};

/**
 * A message as a version that is not written yet may write it.
 *
 * @param least the oldest version that understands it
 */
export function laterMessage(least: number, body: object): Buffer {
  const header = Buffer.from([0, 9, 0, least]);
  return Buffer.concat([header, Buffer.from(JSON.stringify(body))]);
}
