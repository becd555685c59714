import { StreamsError } from '../errors.js';
import type { StoreBuilder } from '../processor/stores.js';
import type { GlobalTableNode } from '../topology/global-nodes.js';
import { Graph } from '../topology/graph.js';
import type { Node, StoreSpec, TimestampFunction, TimestampPolicy } from '../topology/nodes.js';
import { readsValueKey } from '../topology/reads.js';
import { Topology } from '../topology/topology.js';
import { GlobalKTable } from './global-ktable.js';
import { KStream } from './kstream.js';
import { KTable } from './ktable.js';
import type { Consumed, GlobalConsumed, TableConsumed } from './options.js';
import { integer } from './refusals.js';
import { storageOf, storeSettings } from './store-settings.js';

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
    return new KStream(this.#graph, this.#source(names, consumed), consumed.key, consumed.value);
  }

  /**
   * Reads a topic as a table: the latest record of each key is its value, a record without a value deletes it. Records
   * without a key are dropped, and counted in `dropped-records-total`.
   *
   * @throws StreamsError `INVALID_TOPOLOGY` for a topic that is read already
   */
  table<K, V>(topic: string, consumed: TableConsumed<K, V>): KTable<K, V> {
    const { key, value, store, name } = consumed;
    const source = this.#source([topic], { ...consumed, name: name && `${name}-source` });
    const node = this.#graph.add({
      kind: 'tableSource',
      name: this.#graph.nodeName('KTABLE-SOURCE', name),
      parents: [source],
      store: this.#graph.addStore({
        name: store,
        type: consumed.historyRetentionMs === undefined ? 'key-value' : 'versioned',
        key,
        value,
        retentionMs: consumed.historyRetentionMs,
        ...tableSettings(consumed as TableConsumed<unknown, unknown>),
      }),
    });
    return new KTable(this.#graph, node, key, value);
  }

  /**
   * Reads a topic as a table that each instance keeps whole: all partitions, before anything is processed and ever after.
   * Streams are joined with it by any key. Records without a key are left out.
   *
   * @throws StreamsError `INVALID_TOPOLOGY` for a topic that is read already
   */
  globalTable<K, V>(topic: string, consumed: GlobalConsumed<K, V>): GlobalKTable<K, V> {
    const { key, value, store, name } = consumed;
    const source = this.#source([topic], { key, value, name: name && `${name}-source` });
    const node = this.#graph.add<GlobalTableNode>({
      kind: 'globalTable',
      name: this.#graph.nodeName('KTABLE-SOURCE', name),
      parents: [source],
      topic: { name: topic, internal: false },
      store: this.#graph.addStore({ name: store, type: 'key-value', key, value, retentionMs: undefined }),
    });
    return new GlobalKTable(this.#graph, node);
  }

  /** Adds a store, for processors to be given; one that none is given is not kept. */
  addStateStore(store: StoreBuilder<string, unknown>): this {
    this.#graph.useStore(store);
    return this;
  }

  /** @throws StreamsError `INVALID_TOPOLOGY` */
  build(): Topology {
    return new Topology(this.#graph.nodes);
  }

  #source<K, V>(
    names: readonly string[],
    {
      name,
      key,
      value,
      timestampExtractor,
      onInvalidTimestamp,
    }: Omit<Consumed<K, V>, 'name'> & { readonly name?: string | undefined },
  ): Node {
    return this.#graph.add({
      kind: 'source',
      name: this.#graph.nodeName('KSTREAM-SOURCE', name),
      parents: [],
      topics: names.map((topic) => ({ name: topic, internal: false })),
      key,
      value,
      timestamp: timestampPolicy(timestampExtractor, onInvalidTimestamp),
    });
  }
}

/** What is as of a time is not cached, and does not end: its versions do. */
function tableSettings(
  consumed: TableConsumed<unknown, unknown>,
): Pick<StoreSpec, 'caching' | 'storage' | 'ttlMs'> {
  if (consumed.historyRetentionMs === undefined) return storeSettings(consumed);
  integer(`table ${consumed.store}: historyRetentionMs`, consumed.historyRetentionMs, 0);
  if (consumed.ttlMs === undefined) return storageOf(consumed);
  throw new StreamsError(
    'INVALID_TOPOLOGY',
    `table ${consumed.store}: ttlMs is for tables of latest values, and historyRetentionMs makes one of versions: leave one out`,
  );
}

function timestampPolicy<K, V>(
  extractor: Consumed<K, V>['timestampExtractor'],
  onInvalid: Consumed<K, V>['onInvalidTimestamp'] = 'fail',
): TimestampPolicy | undefined {
  const nothing = { key: false, value: false };
  if (extractor === undefined) {
    // What happens without a policy, and costs less.
    return onInvalid === 'fail' ? undefined : { extract: 'record', reads: nothing, onInvalid };
  }
  if (extractor === 'wall-clock') return { extract: extractor, reads: nothing, onInvalid };
  return { extract: extractor as TimestampFunction, reads: readsValueKey(extractor), onInvalid };
}
