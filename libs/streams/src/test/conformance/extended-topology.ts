import {
  nullable,
  SessionWindows,
  Stores,
  stringSerde,
  TimeWindows,
  UnlimitedWindows,
  type GlobalKTable,
  type KeyValueStore,
  type KStream,
  type KTable,
  type Partitioning,
  type Processor,
  type ProcessorContext,
  type ProcessorRecord,
  type StreamsBuilder,
  type Windowed,
} from '../../index.js';
import { add, joined, type Output, type Strings } from './drawn.js';
import type {
  CogroupNode,
  ExtendedNode,
  GlobalTableJoinNode,
  ProcessNode,
  StreamOp,
  StreamOpsNode,
  TableOp,
  TableOpsNode,
} from './extended-cases.js';

/** Keys may be null here: what is grouped by them leaves those out. */
const open = { key: nullable(stringSerde), value: nullable(stringSerde) };
type Open = KStream<string | null, string | null, Partitioning>;

/** Topics as streams and tables, each read once. */
interface Topics {
  stream(topic: string): Strings;
  table(topic: string, historyMs: number | undefined): KTable<string, string>;
}

/** Draws what Extended.java draws. */
export class ExtendedDrawing {
  readonly #builder: StreamsBuilder;
  readonly #prefix: string;
  readonly #topics: Topics;
  readonly #globals = new Map<string, GlobalKTable<string, string>>();

  constructor(builder: StreamsBuilder, prefix: string, topics: Topics) {
    this.#builder = builder;
    this.#prefix = prefix;
    this.#topics = topics;
  }

  draw(node: ExtendedNode, name: string): Output {
    switch (node.op) {
      case 'cogroup':
        return this.#cogroup(node, name);
      case 'globalTableJoin':
        return this.#globalTableJoin(node);
      case 'unlimitedWindow':
        return this.#topics
          .stream(node.in)
          .groupByKey()
          .windowedBy(UnlimitedWindows.of({ startMs: node.startMs ?? 0 }))
          .aggregate(
            () => '',
            (_key, value, aggregate) => add(node.agg, value, aggregate),
            { store: name, value: stringSerde },
          )
          .toStream()
          .map(({ key, start }, value) => [`${key}@${start}`, value] as const);
      case 'process': {
        const counts = Stores.keyValue(`${name}-counts`, { key: stringSerde, value: stringSerde });
        return this.#topics
          .stream(node.in)
          .process(() => new Counting(node, `${name}-counts`), { stores: [counts] });
      }
      case 'tableOps':
        return this.#tableOps(node, name);
      case 'streamOps':
        return this.#streamOps(node, name);
    }
  }

  #cogroup(node: CogroupNode, name: string): Output {
    const { graceMs = 0 } = node;
    const grouped = this.#topics
      .stream(node.left)
      .groupByKey()
      .cogroup((_key, value, aggregate: string) => `${aggregate}<${value}`)
      .cogroup(
        this.#topics.stream(node.right).groupByKey(),
        (_key, value, aggregate) => `${aggregate}>${value}`,
      );
    const kept = { store: name, value: stringSerde };
    if (node.sizeMs !== undefined) {
      const windows = TimeWindows.of({ sizeMs: node.sizeMs, graceMs });
      return flat(grouped.windowedBy(windows).aggregate(() => '', kept));
    }
    if (node.gapMs !== undefined) {
      const windows = SessionWindows.of({ gapMs: node.gapMs, graceMs });
      return flat(
        grouped.windowedBy(windows).aggregate(
          () => '',
          (_key, one, other) => one + other,
          kept,
        ),
      );
    }
    return grouped.aggregate(() => '', kept).toStream();
  }

  #globalTableJoin(node: GlobalTableJoinNode): Output {
    const known = this.#globals.get(node.right);
    const table =
      known ??
      this.#builder.globalTable(this.#prefix + node.right, {
        key: stringSerde,
        value: stringSerde,
        store: `${this.#prefix}${node.right}-global`,
      });
    this.#globals.set(node.right, table);
    const stream = this.#topics.stream(node.left);
    const key = (_key: string, value: string | null): string | null => prefix(value);
    return node.type === 'left' ? stream.leftJoin(table, key, joined) : stream.join(table, key, joined);
  }

  #tableOps(node: TableOpsNode, name: string): Output {
    let table = this.#topics.table(node.in, node.versionedHistoryMs);
    for (const [index, op] of node.ops.entries()) {
      const kept = node.stored === true ? { store: `${name}-${index}`, value: stringSerde } : {};
      table = tableOp(table, op, kept);
    }
    return table.toStream();
  }

  #streamOps(node: StreamOpsNode, name: string): Output {
    let stream: Open = this.#topics.stream(node.in);
    for (const [index, op] of node.ops.entries()) {
      stream = this.#streamOp(stream, op, node, `${name}-${index}`);
    }
    return stream as unknown as Output;
  }

  #streamOp(stream: Open, op: StreamOp, node: StreamOpsNode, name: string): Open {
    const rekeyed = stream as KStream<string, string | null, 'rekeyed'>;
    const repartitioned = { name, key: stringSerde, value: open.value };
    switch (op) {
      case 'filter':
        return stream.filter((_key, value) => value?.includes(':') === true);
      case 'filterNot':
        return stream.filterNot((_key, value) => value?.includes(':') === true);
      case 'map':
        return stream.map((key, value) => [value, key] as const);
      case 'mapValues':
        return stream.mapValues((value, key) => `${key}=${value}`);
      case 'flatMap':
        return stream.flatMap((key, value) =>
          value === null ? [] : [[value, key] as const, [key, value] as const],
        );
      case 'flatMapValues':
        return stream.flatMapValues((value) => (value === null ? [] : [value, null, `${value}'`]));
      case 'selectKey':
        return stream.selectKey((_key, value) => prefix(value));
      case 'merge':
        if (node.right === undefined) throw new Error('right is missing: merge takes its records in');
        return stream.merge(this.#topics.stream(node.right));
      case 'branch': {
        const branches = stream
          .split()
          .branch('colon', (_key, value) => value?.includes(':') === true)
          .defaultBranch('none');
        return branches.none
          .mapValues((value) => `none ${value}`)
          .merge(branches.colon.mapValues((value) => `colon ${value}`));
      }
      case 'repartition':
        return rekeyed.repartition(repartitioned);
      case 'toTable':
        return rekeyed.toTable({ store: name, ...repartitioned }).toStream();
      case 'groupByKey':
        return rekeyed
          .groupByKey(repartitioned)
          .aggregate(
            () => '',
            (_key, value, aggregate) => `${aggregate}[${value}]`,
            { store: name, value: stringSerde },
          )
          .toStream();
    }
  }
}

function tableOp(
  table: KTable<string, string>,
  op: TableOp,
  kept: { readonly store: string; readonly value: typeof stringSerde } | object,
): KTable<string, string> {
  switch (op) {
    case 'filter':
      return table.filter((_key, value) => value.includes(':'), kept);
    case 'filterNot':
      return table.filterNot((_key, value) => value.includes(':'), kept);
    case 'mapValues':
      return table.mapValues((value, key) => `${key}=${value}`, kept);
    case 'transformValues':
      return table.transformValues(
        () => ({ transform: (_key, value) => (value === null ? null : `${value}~${value.length}`) }),
        kept,
      );
  }
}

function flat<D extends null>(table: KTable<Windowed<string>, string, D>): Output {
  return table.toStream().map((key, value) => [`${key.key}@${key.start}/${key.end}`, value] as const);
}

function prefix(value: string | null): string | null {
  return value?.includes(':') === true ? value.slice(0, value.indexOf(':')) : null;
}

type Counts = Readonly<Record<string, KeyValueStore<string, string>>>;

class Counting implements Processor<string, string | null, string, string | null, Counts> {
  readonly #node: ProcessNode;
  readonly #store: string;
  #context: ProcessorContext<string, string | null, Counts> | undefined;

  constructor(node: ProcessNode, store: string) {
    this.#node = node;
    this.#store = store;
  }

  readonly init = (context: ProcessorContext<string, string | null, Counts>): void => {
    this.#context = context;
    const { streamEveryMs, wallEveryMs } = this.#node;
    if (streamEveryMs !== undefined) {
      context.schedule(streamEveryMs, 'stream-time', (time) => this.#tell(context, 's', time));
    }
    if (wallEveryMs !== undefined) {
      context.schedule(wallEveryMs, 'wall-clock-time', (time) => this.#tell(context, 'w', time));
    }
  };

  readonly process = (record: ProcessorRecord<string, string | null>): void => {
    const context = this.#context;
    if (context === undefined) throw new Error('init() comes first');
    if ((record.key as string | null) === null) {
      context.forward({ ...record, value: `${record.value}#` });
      return;
    }
    const counts = this.#counts(context);
    const now = String(Number(counts.get(record.key) ?? '0') + 1);
    counts.put(record.key, now);
    context.forward({ ...record, value: `${record.value}#${now}` });
  };

  #tell(context: ProcessorContext<string, string | null, Counts>, kind: string, timestamp: number): void {
    for (const [key, count] of this.#counts(context).all()) {
      context.forward({ key, value: kind + count, timestamp, headers: [] });
    }
  }

  #counts(context: ProcessorContext<string, string | null, Counts>): KeyValueStore<string, string> {
    return context.getStateStore<string>(this.#store);
  }
}
