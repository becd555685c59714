import { StreamsError } from '../../errors.js';
import { FixedKeyRecord } from '../../processor/fixed-key-record.js';
import type {
  FixedKeyProcessorContext,
  ProcessorContext,
  ProcessorRecord,
} from '../../processor/processor.js';
import type { ProcessNode } from '../../topology/processor-nodes.js';
import { failureOf } from '../failures.js';
import { isTime } from '../timestamps.js';
import type { OperatorEnvironment, Process } from './operator.js';
import { processingContext } from './processing-context.js';

/** What comes after an operator, by name. */
export type NamedChildren = ReadonlyMap<string, Process>;

/** A processor at work, whichever its kind. */
interface Running {
  process(key: unknown, value: unknown): void;
  close(): void;
}

/** A user's processor: made when the task's state is there, and the task's own. */
export function processOperator(
  node: ProcessNode,
  env: OperatorEnvironment,
  children: NamedChildren,
  next: Process,
): Process {
  const { life } = env;
  const context = Object.assign(processingContext(node, env), {
    forward: forwarding(node, env, children, next),
  });
  let running: Running | undefined;
  life.onInit(() => {
    try {
      running = begin(node, env, context);
    } catch (error) {
      throw failureOf(node.name, error);
    }
  });
  life.onClose(() => running?.close());
  return (key, value) => {
    try {
      running?.process(key, value);
    } catch (error) {
      throw failureOf(node.name, error);
    }
  };
}

function begin(
  { processor }: ProcessNode,
  { context }: OperatorEnvironment,
  given: ProcessorContext<unknown, unknown> & FixedKeyProcessorContext<unknown, unknown>,
): Running {
  if (processor.keepsKey) {
    const instance = processor.supplier();
    instance.init?.(given);
    return {
      process: (key, value) =>
        instance.process(new FixedKeyRecord(key, value, context.timestamp, context.headers)),
      close: () => instance.close?.(),
    };
  }
  const instance = processor.supplier();
  instance.init?.(given);
  return {
    process: (key, value) =>
      instance.process({ key, value, timestamp: context.timestamp, headers: context.headers }),
    close: () => instance.close?.(),
  };
}

function forwarding(
  node: ProcessNode,
  { context }: OperatorEnvironment,
  children: NamedChildren,
  next: Process,
): (record: ProcessorRecord<unknown, unknown>, childName?: string) => void {
  return (record, childName) => {
    const child = childName === undefined ? next : children.get(childName);
    if (child === undefined) {
      const known = [...children.keys()].join(', ') || 'none';
      throw new StreamsError(
        'ILLEGAL_STATE',
        `${node.name} forwards to ${childName}, which does not come after it (what does: ${known})`,
      );
    }
    if (!isTime(record.timestamp)) {
      throw new RangeError(
        `a record was forwarded with the timestamp ${record.timestamp}: give milliseconds since the epoch`,
      );
    }
    const { timestamp, headers } = context;
    context.timestamp = record.timestamp;
    context.headers = record.headers;
    try {
      child(record.key, record.value);
    } finally {
      context.timestamp = timestamp;
      context.headers = headers;
    }
  };
}
