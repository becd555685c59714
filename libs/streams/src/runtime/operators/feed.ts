import { sinkWriteEnded, sinkWriteStarted } from '../../diagnostics.js';
import { RejectedRecordError } from '../../sink.js';
import type { FeedNode } from '../../topology/nodes.js';
import { OperatorFailure, toError } from '../failures.js';
import type { OperatorEnvironment, Process } from './operator.js';

/** Hands records to an external sink; each keeps its offset from being committed until the sink says it is done. */
export function feedOperator(node: FeedNode, { context, pending }: OperatorEnvironment): Process {
  const { sink, maxOutstanding, name } = node;
  let outstanding = 0;
  return (key, value) => {
    const { topic, partition, record } = context;
    const hold = pending.hold();
    outstanding += 1;
    if (outstanding === maxOutstanding) pending.full();
    let settled = false;
    const done = (error?: Error): void => {
      if (settled) return;
      settled = true;
      if (sinkWriteEnded.hasSubscribers) sinkWriteEnded.publish({ done, error });
      outstanding -= 1;
      if (outstanding === maxOutstanding - 1) pending.free();
      if (error !== undefined && !(error instanceof RejectedRecordError)) {
        // Its offset stays uncommitted.
        pending.broken(error);
        return;
      }
      if (error !== undefined)
        pending.failed({ topic, partition, record }, new OperatorFailure('TASK_PUT', name, error));
      pending.release(hold);
    };
    try {
      const handed = {
        key,
        value,
        headers: context.headers,
        timestamp: context.timestamp,
        topic,
        partition,
        offset: context.offset,
      };
      if (sinkWriteStarted.hasSubscribers) sinkWriteStarted.publish({ sink: name, record: handed, done });
      sink.write(handed, done);
    } catch (error) {
      done(toError(error));
    }
  };
}
