import type { TableTransformNode } from '../../topology/table-nodes.js';
import type { ValueTransformer } from '../../processor/processor.js';
import { failureOf } from '../failures.js';
import type { OperatorEnvironment, Process } from './operator.js';
import { processingContext } from './processing-context.js';
import { changer } from './table.js';

export type Transform = (key: unknown, value: unknown) => unknown;

/** A transformer of its own for each who asks: the operator, and each who looks through it into the table. */
export function transformOf(node: TableTransformNode, env: OperatorEnvironment): Transform {
  const { life } = env;
  const context = processingContext(node, env);
  let transformer: ValueTransformer<unknown, unknown, unknown> | undefined;
  life.onInit(() => {
    try {
      transformer = node.supplier();
      transformer.init?.(context);
    } catch (error) {
      throw failureOf(node.name, error);
    }
  });
  life.onClose(() => transformer?.close?.());
  return (key, value) => {
    try {
      return transformer?.transform(key, value ?? null) ?? null;
    } catch (error) {
      throw failureOf(node.name, error);
    }
  };
}

/** As `KTableTransformValues`: without a store of the result, a change's old value is transformed anew. */
export function tableTransformOperator(
  node: TableTransformNode,
  env: OperatorEnvironment,
  unchangedKey: boolean,
  wantsOld: boolean,
  next: Process,
): Process {
  const transform = transformOf(node, env);
  const change = changer(node, env, unchangedKey, next);
  const asksOld = wantsOld && node.store === undefined;
  return (key, value, before, stale) =>
    change(key, transform(key, value), asksOld ? transform(key, before) : null, stale);
}
