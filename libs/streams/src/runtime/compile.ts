import type { Deserializer } from '../serde.js';
import type { Node, SourceNode } from '../topology/nodes.js';
import { knowsValues } from '../topology/table-nodes.js';
import type { SubTopology } from '../topology/topology.js';
import { OperatorFailure, type FailureStage } from './failures.js';
import { aggregateOperator, windowAggregateOperator } from './operators/aggregate.js';
import { distinctOperator } from './operators/distinct.js';
import { feedOperator } from './operators/feed.js';
import { globalJoinOperator } from './operators/global-join.js';
import { mapAsyncOperator } from './operators/map-async.js';
import { processOperator } from './operators/process.js';
import type { OperatorEnvironment, Process } from './operators/operator.js';
import {
  branchOperator,
  filterOperator,
  flatMapOperator,
  mapOperator,
  peekOperator,
} from './operators/stateless.js';
import { sessionAggregateOperator } from './operators/session.js';
import { slidingAggregateOperator } from './operators/sliding.js';
import { streamJoinOperator } from './operators/stream-join.js';
import { streamTableJoinOperator } from './operators/stream-table-join.js';
import { suppressOperator } from './operators/suppress.js';
import { stampOf, type Stamp } from './operators/source.js';
import { topicChooserOperator, topicOperator } from './operators/topic.js';
import { FRESH, isEncodedBy, join, type Edge, type Form } from './forms.js';
import { changesOf, passesOld, readsOf, takesOld } from './parts.js';
import { RecordContext } from './record-context.js';
import {
  foreignJoinOperator,
  foreignResponseOperator,
  subscribeOperator,
  subscriptionJoinOperator,
  subscriptionReceiveOperator,
} from './operators/foreign-key.js';
import { tableAggregateOperator, tableRegroupOperator } from './operators/table-group.js';
import { tableJoinOperator } from './operators/table-join.js';
import { tableTransformOperator } from './operators/table-transform.js';
import {
  tableFilterOperator,
  tableMapOperator,
  tableMergeOperator,
  tableSourceOperator,
} from './operators/table.js';

/** The way into a compiled sub-topology, for the records of the topics of one source. */
export interface CompiledSource {
  readonly node: SourceNode;
  /** Takes key and value as they were read, or as {@link stamp} hands them over. */
  readonly process: Process;
  /** Gives records their times; absent where those are their own. */
  readonly stamp: Stamp | undefined;
  /** Serdes of what is decoded somewhere below, whose `prepare` is to be asked first; absent where they have none. */
  readonly prepareKey: Deserializer<unknown> | undefined;
  readonly prepareValue: Deserializer<unknown> | undefined;
}

/**
 * Makes of a sub-topology one synchronous function for each source, for the use of one task. Two passes: down the
 * graph to find where keys and values must be decoded, at the latest point and only once; then up, so that each
 * operator is made with the one that it calls.
 */
export function compile(sub: SubTopology, env: OperatorEnvironment): ReadonlyMap<SourceNode, CompiledSource> {
  return new Compiler(sub, env).compile();
}

type Part = 'key' | 'value';

interface Plan {
  /** As the parents hand it over. */
  readonly in: Edge;
  /** As the operator takes it. */
  readonly taken: Edge;
  /** As the operator leaves it. */
  readonly left: Edge;
  /** As the children are given it. */
  readonly out: Edge;
}

class Compiler {
  readonly #sub: SubTopology;
  readonly #env: OperatorEnvironment;
  readonly #children = new Map<Node, Node[]>();
  readonly #plans = new Map<Node, Plan>();
  readonly #processes = new Map<Node, Process>();

  constructor(sub: SubTopology, env: OperatorEnvironment) {
    this.#sub = sub;
    this.#env = env;
  }

  compile(): ReadonlyMap<SourceNode, CompiledSource> {
    for (const node of this.#sub.nodes) this.#children.set(node, []);
    for (const node of this.#sub.nodes)
      for (const parent of node.parents) this.#childrenOf(parent).push(node);
    for (const node of this.#sub.nodes) this.#plans.set(node, this.#plan(node));
    for (const node of this.#sub.nodes.toReversed()) this.#processes.set(node, this.#process(node));
    return new Map(
      this.#sub.sources.map((node) => [
        node,
        {
          node,
          process: this.#processOf(node),
          stamp: this.#stamp(node),
          prepareKey: this.#prepares(node, 'key') ? node.key : undefined,
          prepareValue: this.#prepares(node, 'value') ? node.value : undefined,
        },
      ]),
    );
  }

  #stamp(node: SourceNode): Stamp | undefined {
    if (node.timestamp === undefined) return undefined;
    const { in: read, taken } = this.#planOf(node);
    const context = new RecordContext();
    const asItIs = (data: unknown): unknown => data;
    return stampOf(node, node.timestamp, this.#env, context, {
      key: this.#decoder(node, 'KEY_CONVERTER', read.key, taken.key, context) ?? asItIs,
      value: this.#decoder(node, 'VALUE_CONVERTER', read.value, taken.value, context) ?? asItIs,
    });
  }

  #plan(node: Node): Plan {
    const incoming =
      node.kind === 'source'
        ? { key: { raw: true, origin: node.key }, value: { raw: true, origin: node.value } }
        : node.parents.map((parent) => this.#planOf(parent).out).reduce(join);
    const reads = readsOf(node, incoming);
    const taken = {
      key: reads.key ? decoded(incoming.key) : incoming.key,
      value: reads.value ? decoded(incoming.value) : incoming.value,
    };
    const changed = changesOf(node);
    const left = { key: changed.key ? FRESH : taken.key, value: changed.value ? FRESH : taken.value };
    const out = { key: this.#handOver(node, 'key', left), value: this.#handOver(node, 'value', left) };
    return { in: incoming, taken, left, out };
  }

  /** Where more than one child would decode the same bytes, the parent does it once. */
  #handOver(node: Node, part: Part, left: Edge): Form {
    const needing = left[part].raw
      ? this.#childrenOf(node).filter((child) => this.#needs(child, part, left))
      : [];
    return needing.length > 1 ? decoded(left[part]) : left[part];
  }

  #needs(node: Node, part: Part, edge: Edge): boolean {
    if (readsOf(node, edge)[part]) return true;
    return !changesOf(node)[part] && this.#childrenOf(node).some((child) => this.#needs(child, part, edge));
  }

  #prepares(source: SourceNode, part: Part): boolean {
    const edge = this.#planOf(source).in;
    return source[part].prepare !== undefined && this.#needs(source, part, edge);
  }

  #process(node: Node): Process {
    const plan = this.#planOf(node);
    const children = this.#childrenOf(node).map((child) =>
      this.#decode(node, plan.out, this.#planOf(child).in, this.#processOf(child)),
    );
    const next = this.#decode(node, plan.left, plan.out, fanOut(children));
    const operator = this.#operator(node, plan, next, children);
    // What its timestamp extractor reads is decoded before the record is chosen.
    if (node.kind === 'source') return operator;
    return this.#decode(node, plan.in, plan.taken, operator);
  }

  #operator(node: Node, plan: Plan, next: Process, children: readonly Process[]): Process {
    const env = this.#env;
    switch (node.kind) {
      case 'topic':
        return topicOperator(node, env, {
          key: isEncodedBy(plan.taken.key, node.key),
          value: isEncodedBy(plan.taken.value, node.value),
        });
      case 'topicChooser':
        return topicChooserOperator(node, env, {
          key: isEncodedBy(plan.taken.key, node.key),
          value: isEncodedBy(plan.taken.value, node.value),
        });
      case 'filter':
        return filterOperator(node, env, next);
      case 'map':
        return mapOperator(node, env, next);
      case 'flatMap':
        return flatMapOperator(node, env, next);
      case 'peek':
        return peekOperator(node, env, next);
      case 'branch': {
        const branches = children.map((child) => this.#decode(node, plan.left, plan.out, child));
        return branchOperator(node, env, branches);
      }
      case 'source':
      case 'pass':
      case 'toStream':
      case 'cogroupMerge':
        return next;
      case 'globalJoin':
        return globalJoinOperator(node, env, next);
      case 'globalTable':
        throw new TypeError(`${node.name} is a global table: no task processes it`);
      case 'mapAsync':
        return mapAsyncOperator(node, env, plan.taken.key.origin !== undefined, next);
      case 'feed':
        return feedOperator(node, env);
      case 'aggregate':
        return aggregateOperator(node, env, isEncodedBy(plan.taken.key, node.store.key), next);
      case 'windowAggregate':
        return windowAggregateOperator(node, env, isEncodedBy(plan.taken.key, node.store.key), next);
      case 'slidingAggregate':
        return slidingAggregateOperator(node, env, isEncodedBy(plan.taken.key, node.store.key), next);
      case 'sessionAggregate':
        return sessionAggregateOperator(node, env, isEncodedBy(plan.taken.key, node.store.key), next);
      case 'suppress':
        return suppressOperator(node, env, isEncodedBy(plan.taken.key, node.store.key), next);
      case 'streamJoin':
        return streamJoinOperator(node, env, isEncodedBy(plan.taken.key, node.mine.key), next);
      case 'streamTableJoin':
        return streamTableJoinOperator(node, env, isEncodedBy(plan.taken.key, node.tableKey), next);
      case 'tableSource': {
        const unchanged = node.store !== undefined && isEncodedBy(plan.taken.key, node.store.key);
        return tableSourceOperator(node, env, unchanged, next);
      }
      case 'tableFilter':
        return tableFilterOperator(
          node,
          env,
          isEncodedBy(plan.taken.key, node.key),
          node.parents.every(knowsValues),
          next,
        );
      case 'tableMap':
        return tableMapOperator(node, env, isEncodedBy(plan.taken.key, node.key), this.#wantsOld(node), next);
      case 'tableTransform':
        return tableTransformOperator(
          node,
          env,
          isEncodedBy(plan.taken.key, node.key),
          this.#wantsOld(node),
          next,
        );
      case 'tableJoin':
        return tableJoinOperator(
          node,
          env,
          isEncodedBy(plan.taken.key, node.join.key),
          this.#wantsOld(node),
          next,
        );
      case 'tableMerge':
        return tableMergeOperator(node, env, isEncodedBy(plan.taken.key, node.join.key), next);
      case 'tableRegroup':
        return tableRegroupOperator(node, env, next);
      case 'tableAggregate':
        return tableAggregateOperator(node, env, isEncodedBy(plan.taken.key, node.store.key), next);
      case 'subscribe':
        return subscribeOperator(node, env, isEncodedBy(plan.taken.key, node.left.key), next);
      case 'subscriptionReceive':
        return subscriptionReceiveOperator(node, env, next);
      case 'subscriptionJoin':
        return subscriptionJoinOperator(node, env, next);
      case 'foreignJoin':
        return foreignJoinOperator(node, env, isEncodedBy(plan.taken.key, node.rightKey), next);
      case 'foreignResponse':
        return foreignResponseOperator(node, env, next);
      case 'distinct':
        return distinctOperator(node, env, next);
      case 'process': {
        const names = this.#childrenOf(node).map((child) => child.name);
        const byName = new Map(children.map((child, index) => [names[index] ?? '', child]));
        return processOperator(node, env, byName, next);
      }
    }
  }

  /** Whether some operator below needs the value before a change. */
  #wantsOld(node: Node): boolean {
    return this.#childrenOf(node).some(
      (child) => takesOld(child) || (passesOld(child) && this.#wantsOld(child)),
    );
  }

  #decode(node: Node, from: Edge, to: Edge, next: Process): Process {
    const key = this.#decoder(node, 'KEY_CONVERTER', from.key, to.key);
    const value = this.#decoder(node, 'VALUE_CONVERTER', from.value, to.value);
    if (key !== undefined && value !== undefined) return (k, v) => next(key(k), value(v));
    // Of a change, only the key is ever still bytes.
    if (key !== undefined) return (k, v, before, stale) => next(key(k), v, before, stale);
    if (value !== undefined) return (k, v) => next(k, value(v));
    return next;
  }

  #decoder(
    node: Node,
    stage: FailureStage,
    from: Form,
    to: Form,
    context = this.#env.context,
  ): ((data: unknown) => unknown) | undefined {
    const deserializer = from.origin;
    if (!from.raw || to.raw || deserializer === undefined) return undefined;
    return (data) => {
      if (data === null) return null;
      try {
        return deserializer.deserialize(context.topic, data as Buffer, context.headers);
      } catch (error) {
        throw new OperatorFailure(stage, node.name, error);
      }
    };
  }

  #childrenOf(node: Node): Node[] {
    return present(this.#children.get(node));
  }

  #planOf(node: Node): Plan {
    return present(this.#plans.get(node));
  }

  #processOf(node: Node): Process {
    return present(this.#processes.get(node));
  }
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('a parent came after its child: the graph is not in order');
  return value;
}

function decoded(form: Form): Form {
  return form.raw ? { raw: false, origin: form.origin } : form;
}

function fanOut(children: readonly Process[]): Process {
  const [first, second] = children;
  if (first === undefined) return () => undefined;
  if (second === undefined) return first;
  if (children.length === 2) {
    return (key, value, before, stale) => {
      first(key, value, before, stale);
      second(key, value, before, stale);
    };
  }
  return (key, value, before, stale) => {
    for (const child of children) child(key, value, before, stale);
  };
}
