import { StreamsError } from '../errors.js';
import type { RecordMetadata } from '../record.js';
import type { Graph } from '../topology/graph.js';
import type { BranchNode, Node, PassNode } from '../topology/nodes.js';
import { readsKeyValue } from '../topology/reads.js';
import type { KStream, Partitioning } from './kstream.js';

/**
 * A stream being divided.
 *
 *     const branches = stream.split()
 *       .branch('songs', (key, value) => value.itemType === 'SONG')
 *       .defaultBranch('others');
 *     branches.songs.to('song-plays');
 */
export class BranchedKStream<K, V, P extends Partitioning, B extends string = never> {
  readonly #graph: Graph;
  readonly #stream: (node: Node) => KStream<K, V, P>;
  readonly #predicates: BranchNode['predicates'][number][];
  readonly #reads: { key: boolean; value: boolean };
  readonly #node: BranchNode;
  readonly #branches: Record<string, KStream<K, V, P>> = {};

  /** Made by `KStream.split`. */
  constructor(
    graph: Graph,
    parent: Node,
    name: string | undefined,
    stream: (node: Node) => KStream<K, V, P>,
  ) {
    this.#graph = graph;
    this.#stream = stream;
    this.#predicates = [];
    this.#reads = { key: false, value: false };
    this.#node = graph.add({
      kind: 'branch',
      name: graph.nodeName('KSTREAM-BRANCH', name),
      parents: [parent],
      reads: this.#reads,
      predicates: this.#predicates,
    });
  }

  /** Records for which the predicate holds, and none before it did. */
  branch<N extends string>(
    name: N,
    predicate: (key: K, value: V, record: RecordMetadata) => boolean,
  ): BranchedKStream<K, V, P, B | N> {
    const reads = readsKeyValue(predicate);
    this.#reads.key ||= reads.key;
    this.#reads.value ||= reads.value;
    this.#add(name, predicate as BranchNode['predicates'][number]);
    return this as unknown as BranchedKStream<K, V, P, B | N>;
  }

  /** Ends with a branch for the records that no other wanted. */
  defaultBranch<N extends string>(name: N): Readonly<Record<B | N, KStream<K, V, P>>> {
    this.#add(name, () => true);
    return this.#branches as Record<B | N, KStream<K, V, P>>;
  }

  /** Ends; records that no branch wanted are left out. */
  noDefaultBranch(): Readonly<Record<B, KStream<K, V, P>>> {
    return this.#branches as Record<B, KStream<K, V, P>>;
  }

  #add(name: string, predicate: BranchNode['predicates'][number]): void {
    if (name in this.#branches) {
      throw new StreamsError('INVALID_TOPOLOGY', `${this.#node.name} has two branches named ${name}`);
    }
    // As in Kafka Streams: the name of the split, then the name of the branch.
    const node: PassNode = {
      kind: 'pass',
      role: 'branch',
      name: `${this.#node.name}-${name}`,
      parents: [this.#node],
    };
    this.#predicates.push(predicate);
    this.#branches[name] = this.#stream(this.#graph.add(node));
  }
}
