import { StreamsError } from '../errors.js';
import { StoreBuilder } from '../processor/stores.js';
import { isTopicName, TOPIC_NAME_RULE } from './topic-name.js';
import type { Node, StoreSpec, TopicRef } from './nodes.js';

/** Topic and store names become parts of topic names: the characters that Kafka allows. */
const NAME = /^[A-Za-z0-9._-]{1,200}$/;

/** The graph while it is drawn: hands out names, refuses the second use of one. */
export class Graph {
  readonly #nodes: Node[] = [];
  readonly #names = new Set<string>();
  readonly #stores = new Map<string, StoreSpec>();
  readonly #internal = new Set<string>();
  readonly #sources = new Set<string>();
  #index = 0;

  /**
   * The user's name, or Kafka Streams' `KSTREAM-FILTER-0000000003`. As there, the index counts on either way, so that
   * naming one operator does not rename the others.
   */
  nodeName(prefix: string, given: string | undefined): string {
    const index = this.#index;
    this.#index += 1;
    if (given === undefined) return `${prefix}-${String(index).padStart(10, '0')}`;
    checkName('operator', given);
    return given;
  }

  add<N extends Node>(node: N): N {
    if (this.#names.has(node.name)) {
      throw new StreamsError(
        'INVALID_TOPOLOGY',
        `two operators are named ${node.name}: give one another name`,
      );
    }
    if (node.kind === 'source') {
      for (const topic of node.topics) {
        requireTopicName(topic.name);
        if (this.#sources.has(topic.name)) {
          throw new StreamsError(
            'INVALID_TOPOLOGY',
            `topic ${topic.name} is read twice: keep the KStream of the first read and use it again`,
          );
        }
        this.#sources.add(topic.name);
      }
    }
    if (node.kind === 'topic') requireTopicName(node.topic.name);
    this.#names.add(node.name);
    this.#nodes.push(node);
    return node;
  }

  addStore(spec: StoreSpec): StoreSpec {
    checkName('store', spec.name);
    if (this.#stores.has(spec.name)) {
      throw new StreamsError(
        'INVALID_TOPOLOGY',
        `two operators keep a store ${spec.name}: give one another name`,
      );
    }
    this.#stores.set(spec.name, spec);
    return spec;
  }

  /** The store of a builder, which several operators may work on. */
  useStore(builder: StoreBuilder<string, unknown>): StoreSpec {
    const spec = StoreBuilder.specOf(builder);
    return this.#stores.get(spec.name) === spec ? spec : this.addStore(spec);
  }

  /** A topic of ours, `<application id>-<name><suffix>`. */
  addInternalTopic(name: string, suffix: '-repartition' | '-topic', partitions?: number): TopicRef {
    checkName('repartition', name);
    if (partitions !== undefined && !(Number.isSafeInteger(partitions) && partitions > 0)) {
      throw new StreamsError(
        'INVALID_TOPOLOGY',
        `repartition ${name}: ${partitions} is no number of partitions`,
      );
    }
    if (this.#internal.has(name + suffix)) {
      throw new StreamsError(
        'INVALID_TOPOLOGY',
        `two operators repartition under the name ${name}: change one`,
      );
    }
    this.#internal.add(name + suffix);
    return { name: name + suffix, internal: true, ...(partitions === undefined ? {} : { partitions }) };
  }

  get nodes(): readonly Node[] {
    return this.#nodes;
  }
}

function requireTopicName(name: string): void {
  if (isTopicName(name)) return;
  throw new StreamsError(
    'INVALID_TOPOLOGY',
    `${JSON.stringify(name)} is no name of a topic: ${TOPIC_NAME_RULE}`,
  );
}

function checkName(what: string, name: string): void {
  // Without types a name may be left out, and undefined has letters only.
  if (typeof name !== 'string' || !NAME.test(name)) {
    throw new StreamsError(
      'INVALID_TOPOLOGY',
      `${what} name ${JSON.stringify(name)}: use 1 to 200 letters, digits, dots, underscores and hyphens`,
    );
  }
}
