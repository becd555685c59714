import type { RuntimeConfig } from '../config.js';
import { AtLeastOnce } from './at-least-once.js';
import { ExactlyOnceTask } from './exactly-once-task.js';
import { ExactlyOnceThread } from './exactly-once-thread.js';
import type { Guarantee } from './guarantee.js';
import type { RecordLimits } from './record-limits.js';

/** What was asked for, in the way that the driver can do it safely. */
export function createGuarantee(config: RuntimeConfig, limits: RecordLimits, thread: number): Guarantee {
  const { client, applicationId, instanceId, transactionTimeoutMs, logger } = config;
  if (config.processingGuarantee === 'at_least_once') return new AtLeastOnce(client, limits, logger);
  const options = { client, transactionTimeoutMs, limits, logger };
  return client.capabilities.fencesByMember
    ? new ExactlyOnceThread({ ...options, transactionalId: `${applicationId}-${instanceId}-${thread + 1}` })
    : new ExactlyOnceTask(options, applicationId);
}
