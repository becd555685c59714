import { StreamsError } from '../errors.js';
import { Graph } from '../topology/graph.js';
import type { TimestampFunction } from '../topology/nodes.js';
import { readsValueKey } from '../topology/reads.js';
import { Topology } from '../topology/topology.js';
import { KStream } from './kstream.js';
import type { Consumed } from './options.js';

/**
 * Where a topology begins.
 *
 *     const builder = new StreamsBuilder();
 *     builder.stream('words', { key: stringSerde, value: stringSerde })
 *       .filter((key, value) => value.length > 3)
 *       .to('long-words');
 *     const topology = builder.build();
 *
 * Functions must not change the keys and values they are given: one that goes on untouched is written as the bytes it
 * was read as. A parameter that a function does not declare is not decoded for it.
 */
export class StreamsBuilder {
  readonly #graph = new Graph();

  /**
   * Reads one or several topics of one format.
   *
   * Null keys and values reach functions as `null`: a topic that has them says so with `nullable(serde)`.
   * @throws StreamsError `INVALID_TOPOLOGY` for a topic that is read already
   */
  stream<K, V>(topics: string | readonly string[], consumed: Consumed<K, V>): KStream<K, V> {
    const names = typeof topics === 'string' ? [topics] : topics;
    if (names.length === 0) throw new StreamsError('INVALID_TOPOLOGY', 'stream() was given no topic');
    const { timestampExtractor } = consumed;
    const node = this.#graph.add({
      kind: 'source',
      name: this.#graph.nodeName('KSTREAM-SOURCE', consumed.name),
      parents: [],
      topics: names.map((name) => ({ name, internal: false })),
      key: consumed.key,
      value: consumed.value,
      timestamp: timestampExtractor && {
        extract: timestampExtractor as TimestampFunction,
        reads: readsValueKey(timestampExtractor),
      },
    });
    return new KStream(this.#graph, node, consumed.key, consumed.value);
  }

  /** @throws StreamsError `INVALID_TOPOLOGY` */
  build(): Topology {
    return new Topology(this.#graph.nodes);
  }
}
