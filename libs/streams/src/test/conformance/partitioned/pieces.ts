import type { Case, CaseNode } from '../cases.js';
import type { StreamOp, StreamOpsNode } from '../extended-cases.js';
import { caseTopology } from '../topology.js';

/** A case as it is compared. */
export interface Pieces {
  /**
   * Its nodes, each from topics to a topic. Stream operators with repartition topics of their own among them are several:
   * what is read in between is on the broker, and so is known.
   */
  readonly nodes: readonly CaseNode[];
  /** The repartition topics that one of these writes and another reads. */
  readonly internal: ReadonlySet<string>;
  /** The source topics that a task of the case has, by sub-topology, in the order in which it takes of them. */
  readonly tasks: readonly (readonly string[])[];
  /** Read whole by each instance before it begins. */
  readonly globals: ReadonlySet<string>;
}

export function piecesOf(given: Case): Pieces {
  const { subTopologies, globalTables } = caseTopology(given);
  const repartitioned = new Set(
    subTopologies.flatMap((sub) => sub.sourceTopics.flatMap((ref) => (ref.internal ? [ref.name] : []))),
  );
  const nodes = given.nodes.flatMap((node, index) =>
    node.op === 'streamOps' ? cut(node, `${node.op}-${index}`, repartitioned) : [node],
  );
  return {
    nodes,
    internal: new Set(nodes.map(({ out }) => out).filter((out) => repartitioned.has(out))),
    tasks: subTopologies.map((sub) => sub.sourceTopics.map(({ name }) => name)),
    globals: new Set(globalTables.map(({ topic }) => topic)),
  };
}

function cut(node: StreamOpsNode, name: string, repartitioned: ReadonlySet<string>): readonly CaseNode[] {
  const pieces: CaseNode[] = [];
  let from = node.in;
  let ops: StreamOp[] = [];
  const end = (out: string): void => {
    const { op, right } = node;
    pieces.push({
      op,
      in: from,
      out,
      ops,
      ...(right !== undefined && ops.includes('merge') ? { right } : {}),
    });
    [from, ops] = [out, []];
  };
  for (const [index, op] of node.ops.entries()) {
    const topic = `${name}-${index}-repartition`;
    if (repartitioned.has(topic)) end(topic);
    if (op !== 'repartition') ops.push(op);
  }
  end(node.out);
  return pieces;
}
