import {
  JoinWindows,
  SessionWindows,
  SlidingWindows,
  stringSerde,
  StreamsBuilder,
  TimeWindows,
  type BufferConfig,
  type KTable,
  type Topology,
  type Windowed,
} from '../../index.js';
import { add, joined, merge, strings, type Output, type Strings } from './drawn.js';
import { ExtendedDrawing } from './extended-topology.js';
import type { Bounded } from './case-parts.js';
import type {
  AggregateNode,
  Case,
  CaseNode,
  ForeignKeyJoinNode,
  SessionWindowNode,
  SlidingWindowNode,
  StreamStreamJoinNode,
  StreamTableJoinNode,
  TableTableJoinNode,
  TimeWindowNode,
} from './cases.js';

/** What of a case its topology depends on. */
type Drawn = Pick<Case, 'nodes' | 'store' | 'config'>;

/** Draws what the oracle draws for a case. */
export function caseTopology(given: Drawn): Topology {
  const builder = new StreamsBuilder();
  drawCase(builder, given);
  return builder.build();
}

/** Draws a case beside others: the prefix keeps its topics and stores apart from theirs. */
export function drawCase(builder: StreamsBuilder, given: Drawn, prefix = ''): void {
  new Drawing(builder, prefix, given).draw(given.nodes);
}

class Drawing {
  readonly #builder: StreamsBuilder;
  readonly #prefix: string;
  readonly #storage: { readonly storage?: 'memory' };
  readonly #streams = new Map<string, Strings>();
  readonly #tables = new Map<string, KTable<string, string>>();
  readonly #extended: ExtendedDrawing;

  constructor(builder: StreamsBuilder, prefix: string, given: Drawn) {
    this.#builder = builder;
    this.#prefix = prefix;
    this.#storage = isInMemory(given) ? { storage: 'memory' } : {};
    this.#extended = new ExtendedDrawing(builder, prefix, {
      stream: (topic) => this.#stream(topic),
      table: (topic, historyRetentionMs) => this.#table(topic, historyRetentionMs),
    });
  }

  draw(nodes: readonly CaseNode[]): void {
    for (const [index, node] of nodes.entries()) {
      try {
        this.#node(node, `${this.#prefix}${node.op}-${index}`).to(`${this.#prefix}${node.out}`, strings);
      } catch (error) {
        throw new Error(`node ${index} (${node.op}): ${String(error)}`, { cause: error });
      }
    }
  }

  #node(node: CaseNode, name: string): Output {
    switch (node.op) {
      case 'timeWindow':
        return this.#timeWindow(node, name);
      case 'slidingWindow':
        return this.#slidingWindow(node, name);
      case 'sessionWindow':
        return this.#sessionWindow(node, name);
      case 'streamStreamJoin':
        return this.#streamStreamJoin(node, name);
      case 'streamTableJoin':
        return this.#streamTableJoin(node, name);
      case 'tableTableJoin':
        return this.#tableTableJoin(node);
      case 'foreignKeyJoin':
        return this.#foreignKeyJoin(node, name);
      case 'tableGroupBy':
        return this.#table(node.in, node.versionedHistoryMs)
          .groupBy((key, value) => [value, key], { name, key: stringSerde, value: stringSerde })
          .aggregate(
            () => '',
            (_key, value, aggregate) => `${aggregate}+${value}`,
            (_key, value, aggregate) => `${aggregate}-${value}`,
            { store: name, value: stringSerde },
          )
          .toStream();
      case 'aggregate':
        return this.#aggregate(node, name);
      case 'cogroup':
      case 'globalTableJoin':
      case 'unlimitedWindow':
      case 'process':
      case 'tableOps':
      case 'streamOps':
        return this.#extended.draw(node, name);
    }
  }

  #aggregate(node: AggregateNode, name: string): Output {
    const table = this.#stream(node.in)
      .groupByKey()
      .aggregate(
        () => '',
        (_key, value, aggregate) => add(node.agg, value, aggregate),
        { store: name, value: stringSerde },
      );
    const untilTimeLimitMs = node.suppressTimeLimitMs;
    return untilTimeLimitMs === undefined
      ? table.toStream()
      : table.suppress({ store: `${name}-suppressed`, untilTimeLimitMs, ...earlyOrNever(node) }).toStream();
  }

  #timeWindow(node: TimeWindowNode, name: string): Output {
    const { sizeMs, graceMs = 0 } = node;
    const windows = TimeWindows.of({ sizeMs, graceMs, advanceMs: node.advanceMs ?? sizeMs });
    const table = this.#stream(node.in)
      .groupByKey()
      .windowedBy(windows)
      .aggregate(
        () => '',
        (_key, value, aggregate) => add(node.agg, value, aggregate),
        { store: name, value: stringSerde, ...emission(node) },
      );
    return finish(table, node, name);
  }

  #slidingWindow(node: SlidingWindowNode, name: string): Output {
    const table = this.#stream(node.in)
      .groupByKey()
      .windowedBy(SlidingWindows.of({ timeDifferenceMs: node.sizeMs, graceMs: node.graceMs ?? 0 }))
      .aggregate(
        () => '',
        (_key, value, aggregate) => add(node.agg, value, aggregate),
        { store: name, value: stringSerde, ...emission(node) },
      );
    return finish(table, node, name);
  }

  #sessionWindow(node: SessionWindowNode, name: string): Output {
    const table = this.#stream(node.in)
      .groupByKey()
      .windowedBy(SessionWindows.of({ gapMs: node.gapMs, graceMs: node.graceMs ?? 0 }))
      .aggregate(
        () => '',
        (_key, value, aggregate) => add(node.agg, value, aggregate),
        (_key, one, other) => merge(node.agg, one, other),
        { store: name, value: stringSerde, ...emission(node) },
      );
    return finish(table, node, name);
  }

  #streamStreamJoin(node: StreamStreamJoinNode, name: string): Strings {
    const { beforeMs = 0, graceMs = 0 } = node;
    const left = this.#stream(node.left);
    const right = this.#stream(node.right);
    const options = {
      name,
      windows: JoinWindows.of({ beforeMs, graceMs, afterMs: node.afterMs ?? beforeMs }),
      ...this.#storage,
    };
    switch (node.type ?? 'inner') {
      case 'inner':
        return left.join(right, joined, options);
      case 'left':
        return left.leftJoin(right, joined, options);
      case 'outer':
        return left.outerJoin(right, joined, options);
    }
  }

  #streamTableJoin(node: StreamTableJoinNode, name: string): Strings {
    const stream = this.#stream(node.left);
    const table = this.#table(node.right, node.versionedHistoryMs);
    const options =
      node.joinGraceMs === undefined ? {} : { name, graceMs: node.joinGraceMs, value: strings.value };
    return node.type === 'left'
      ? stream.leftJoin(table, joined, options)
      : stream.join(table, joined, options);
  }

  #tableTableJoin(node: TableTableJoinNode): Strings {
    const left = this.#table(node.left, node.versionedHistoryMs);
    const right = this.#table(node.right, node.versionedHistoryMs);
    switch (node.type ?? 'inner') {
      case 'inner':
        return left.join(right, joined).toStream();
      case 'left':
        return left.leftJoin(right, joined).toStream();
      case 'outer':
        return left.outerJoin(right, joined).toStream();
    }
  }

  #foreignKeyJoin(node: ForeignKeyJoinNode, name: string): Strings {
    const left = this.#table(node.left, node.versionedHistoryMs);
    const right = this.#table(node.right, node.versionedHistoryMs);
    const foreignKey = (value: string): string | null =>
      value.includes(':') ? value.slice(0, value.indexOf(':')) : null;
    return node.type === 'left'
      ? left.foreignKeyLeftJoin(right, foreignKey, joined, { name }).toStream()
      : left.foreignKeyJoin(right, foreignKey, joined, { name }).toStream();
  }

  #stream(topic: string): Strings {
    const known = this.#streams.get(topic);
    if (known !== undefined) return known;
    const stream: Strings = this.#builder.stream(`${this.#prefix}${topic}`, strings);
    this.#streams.set(topic, stream);
    return stream;
  }

  #table(topic: string, historyRetentionMs: number | undefined): KTable<string, string> {
    const known = this.#tables.get(topic);
    if (known !== undefined) return known;
    const table = this.#builder.table(`${this.#prefix}${topic}`, {
      key: stringSerde,
      value: stringSerde,
      store: `${this.#prefix}${topic}-store`,
      ...(historyRetentionMs === undefined ? {} : { historyRetentionMs }),
    });
    this.#tables.set(topic, table);
    return table;
  }
}

/** As a case says, or its configuration by Kafka Streams' own names. */
function isInMemory({ store, config }: Drawn): boolean {
  const suppliers = config?.['dsl.store.suppliers.class'];
  return suppliers === undefined
    ? store === 'memory' || config?.['default.dsl.store'] === 'in_memory'
    : String(suppliers).endsWith('InMemoryDslStoreSuppliers');
}

type Windows = TimeWindowNode | SlidingWindowNode | SessionWindowNode;

function emission(node: Windows): { readonly emit?: 'onWindowClose' } {
  return node.emit === 'onWindowClose' ? { emit: 'onWindowClose' } : {};
}

function finish<D extends null>(
  table: KTable<Windowed<string>, string, D>,
  node: Windows,
  name: string,
): Output {
  const store = `${name}-suppressed`;
  const limit = node.suppressTimeLimitMs;
  const finished =
    limit !== undefined
      ? table.suppress({ store, untilTimeLimitMs: limit, ...earlyOrNever(node) })
      : node.emit === 'suppress'
        ? table.suppress({ store, untilWindowCloses: true, ...never(node) })
        : table;
  return finished.toStream().map((key, value) => [`${key.key}@${key.start}/${key.end}`, value] as const);
}

type Buffer<F extends BufferConfig<'emitEarlyWhenFull' | 'shutDownWhenFull'>['whenFull']> = {
  readonly buffer?: BufferConfig<F>;
};

function earlyOrNever(node: Bounded): Buffer<'emitEarlyWhenFull' | 'shutDownWhenFull'> {
  const { suppressMaxRecords, suppressMaxBytes } = node;
  if (suppressMaxRecords === undefined && suppressMaxBytes === undefined) return {};
  if (node.suppressWhenFull === 'shutDown') return never(node);
  return { buffer: { ...bounds(node), whenFull: 'emitEarlyWhenFull' } };
}

/** Final results must not go on early. */
function never(node: Bounded): Buffer<'shutDownWhenFull'> {
  return node.suppressWhenFull === 'shutDown'
    ? { buffer: { ...bounds(node), whenFull: 'shutDownWhenFull' } }
    : {};
}

function bounds({ suppressMaxRecords, suppressMaxBytes }: Bounded): {
  readonly maxRecords?: number;
  readonly maxBytes?: number;
} {
  return {
    ...(suppressMaxRecords === undefined ? {} : { maxRecords: suppressMaxRecords }),
    ...(suppressMaxBytes === undefined ? {} : { maxBytes: suppressMaxBytes }),
  };
}
