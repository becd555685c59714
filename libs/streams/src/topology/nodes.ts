import type { RecordMetadata } from '../record.js';
import type { Deserializer, Serde, Serializer } from '../serde.js';
import type { Sink } from '../sink.js';
import type {
  ForeignJoinNode,
  ForeignResponseNode,
  SubscribeNode,
  SubscriptionJoinNode,
  SubscriptionReceiveNode,
} from './foreign-key-nodes.js';
import type { GlobalJoinNode, GlobalTableNode } from './global-nodes.js';
import type { ProcessNode } from './processor-nodes.js';
import type {
  TableAggregateNode,
  TableFilterNode,
  TableJoinNode,
  TableMapNode,
  TableMergeNode,
  TableRegroupNode,
  TableSourceNode,
  TableTransformNode,
} from './table-nodes.js';
import type {
  SessionAggregateNode,
  SlidingAggregateNode,
  StreamJoinNode,
  StreamTableJoinNode,
  SuppressNode,
} from './window-nodes.js';
import type { TimeWindows, UnlimitedWindows } from './windows.js';

/**
 * The graph that the DSL draws: plain data, one object an operator, types erased. What each kind does is written in
 * `runtime/operators`; nothing here runs.
 *
 * A function says with `reads` which of its arguments it looks at, so that keys and values nobody looks at stay bytes.
 */
export type Node =
  | SourceNode
  | TopicNode
  | FilterNode
  | MapNode
  | FlatMapNode
  | PeekNode
  | BranchNode
  | PassNode
  | MapAsyncNode
  | FeedNode
  | AggregateNode
  | WindowAggregateNode
  | SlidingAggregateNode
  | SessionAggregateNode
  | SuppressNode
  | StreamJoinNode
  | StreamTableJoinNode
  | DistinctNode
  | ToStreamNode
  | ProcessNode
  | CogroupMergeNode
  | TopicChooserNode
  | GlobalTableNode
  | GlobalJoinNode
  | TableSourceNode
  | TableFilterNode
  | TableMapNode
  | TableTransformNode
  | TableJoinNode
  | TableMergeNode
  | TableRegroupNode
  | TableAggregateNode
  | SubscribeNode
  | SubscriptionReceiveNode
  | SubscriptionJoinNode
  | ForeignJoinNode
  | ForeignResponseNode;

export interface Reads {
  readonly key: boolean;
  readonly value: boolean;
}

export interface Operator {
  readonly name: string;
  readonly parents: readonly Node[];
  /** Tables that it looks into without being their child: they run in the same task. */
  readonly lookups?: readonly Node[];
}

/** A user's topic by its name, or one of ours, whose full name begins with the application id. */
export interface TopicRef {
  readonly name: string;
  readonly internal: boolean;
  /** Of one of ours that is given them; absent where they follow from the topics around it. */
  readonly partitions?: number;
}

export interface SourceNode extends Operator {
  readonly kind: 'source';
  readonly topics: readonly TopicRef[];
  readonly key: Deserializer<unknown>;
  readonly value: Deserializer<unknown>;
  /** Absent: the record's own, which must be a time. */
  readonly timestamp: TimestampPolicy | undefined;
}

export type TimestampFunction = (
  value: unknown,
  key: unknown,
  record: RecordMetadata,
  partitionTime: number,
) => number;

/** How the records of a source get their times. */
export interface TimestampPolicy {
  /** `record`: the record's own; `wall-clock`: that of the machine as it is taken. */
  readonly extract: TimestampFunction | 'record' | 'wall-clock';
  readonly reads: Reads;
  readonly onInvalid: 'fail' | 'logAndSkip' | 'usePartitionTime';
}

/** The end of a sub-topology in a Kafka topic. */
export interface TopicNode extends Operator {
  readonly kind: 'topic';
  readonly topic: TopicRef;
  readonly key: Serializer<unknown>;
  readonly value: Serializer<unknown>;
  /** Where a record goes that is not to be where its key puts it. */
  readonly partition?: (value: unknown) => number | undefined;
  readonly partitioner?: Partitioner;
}

/** Where records go by a function of the user's. */
export interface Partitioner {
  readonly reads: Reads;
  readonly choose: (topic: string, key: unknown, value: unknown, numPartitions: number) => number | undefined;
}

/** The end of a sub-topology in a topic that is chosen for each record. */
export interface TopicChooserNode extends Operator {
  readonly kind: 'topicChooser';
  readonly reads: Reads;
  readonly choose: (key: unknown, value: unknown, record: RecordMetadata) => string;
  readonly key: Serializer<unknown>;
  readonly value: Serializer<unknown>;
  readonly partitioner?: Partitioner;
}

export interface FilterNode extends Operator {
  readonly kind: 'filter';
  readonly reads: Reads;
  readonly predicate: (key: unknown, value: unknown, record: RecordMetadata) => boolean;
  /** What the predicate must answer for the record to go on. */
  readonly keep: boolean;
}

/** `selectKey` changes the key alone, `mapValues` the value alone, `map` both. */
export interface MapNode extends Operator {
  readonly kind: 'map';
  readonly reads: Reads;
  readonly map:
    | {
        readonly changes: 'key';
        readonly fn: (key: unknown, value: unknown, record: RecordMetadata) => unknown;
      }
    | {
        readonly changes: 'value';
        readonly fn: (value: unknown, key: unknown, record: RecordMetadata) => unknown;
      }
    | {
        readonly changes: 'both';
        readonly fn: (key: unknown, value: unknown, record: RecordMetadata) => Pair;
      };
}

export type Pair = readonly [key: unknown, value: unknown];

export interface FlatMapNode extends Operator {
  readonly kind: 'flatMap';
  readonly reads: Reads;
  readonly map:
    | {
        readonly changes: 'value';
        readonly fn: (value: unknown, key: unknown, record: RecordMetadata) => Iterable<unknown>;
      }
    | {
        readonly changes: 'both';
        readonly fn: (key: unknown, value: unknown, record: RecordMetadata) => Iterable<Pair>;
      };
}

export interface PeekNode extends Operator {
  readonly kind: 'peek';
  readonly reads: Reads;
  readonly action: (key: unknown, value: unknown, record: RecordMetadata) => void;
}

/** Hands each record to the first child whose predicate holds; children are {@link PassNode}s in the same order. */
export interface BranchNode extends Operator {
  readonly kind: 'branch';
  readonly reads: Reads;
  readonly predicates: readonly ((key: unknown, value: unknown, record: RecordMetadata) => boolean)[];
}

/** Changes nothing: where streams are merged, and where a branch begins. */
export interface PassNode extends Operator {
  readonly kind: 'pass';
  readonly role: 'merge' | 'branch';
}

export interface MapAsyncNode extends Operator {
  readonly kind: 'mapAsync';
  readonly reads: Reads;
  readonly map:
    | {
        readonly changes: 'value';
        readonly fn: (value: unknown, key: unknown, record: RecordMetadata) => Promise<unknown>;
      }
    | {
        readonly changes: 'both';
        readonly fn: (key: unknown, value: unknown, record: RecordMetadata) => Promise<Pair>;
      };
  /** Calls under way at once, for each task. */
  readonly concurrency: number;
}

/** The end of a sub-topology in an external system. */
export interface FeedNode extends Operator {
  readonly kind: 'feed';
  readonly sink: Sink<unknown, unknown>;
  /** Writes under way for each task, beyond which its partitions are paused. */
  readonly maxOutstanding: number;
}

/**
 * `sliding`: windows that may begin at any time. `join`: records of a stream, many of a key and time. `buffer`: changes
 * or records held back. `unmatched`: records of a join that wait for a match.
 */
export type StoreType =
  'key-value' | 'versioned' | 'window' | 'sliding' | 'session' | 'join' | 'unmatched' | 'suppress' | 'buffer';

export interface StoreSpec {
  readonly name: string;
  readonly type: StoreType;
  readonly key: Serde<unknown>;
  readonly value: Serde<unknown>;
  /** Of the right side's values, in a store of both sides of a join. */
  readonly otherValue?: Serde<unknown>;
  /** What is older than this is dropped from the store. Milliseconds; absent where nothing is. */
  readonly retentionMs: number | undefined;
  /** From the start of a window to its end, where no operator says. Milliseconds. */
  readonly windowSizeMs?: number;
  /** Whether its changes may wait for a commit before they are written and go on. Default false. */
  readonly caching?: boolean;
  /** Where it is kept; absent: where the application keeps its state. */
  readonly storage?: 'memory' | 'persistent';
  /** How long an entry of a key-value store is kept after its time; absent: for ever. Milliseconds of stream time. */
  readonly ttlMs?: number;
}

export interface Aggregation {
  readonly reads: Reads;
  readonly initial: () => unknown;
  readonly add: (key: unknown, value: unknown, aggregate: unknown) => unknown;
  /** Records without a value count as none, as in Kafka Streams' unwindowed aggregations. */
  readonly skipNullValues: boolean;
}

export interface AggregateNode extends Operator {
  readonly kind: 'aggregate';
  readonly store: StoreSpec;
  readonly aggregation: Aggregation;
}

export interface WindowAggregateNode extends Operator {
  readonly kind: 'windowAggregate';
  readonly store: StoreSpec;
  readonly aggregation: Aggregation;
  readonly windows: TimeWindows | UnlimitedWindows;
  /** Only changes of each key's newest window go on. */
  readonly newestOnly: boolean;
  /** Each window goes on once, when it takes no more records. */
  readonly onClose: boolean;
  /** After how long a silence time goes on by the machine's clock; absent: never. Milliseconds. */
  readonly closeOnIdleMs?: number | undefined;
}

/** The table that the aggregations of several streams make in one store. */
export interface CogroupMergeNode extends Operator {
  readonly kind: 'cogroupMerge';
  readonly table: StoreSpec;
}

/** Lets the first record of each id through. */
export interface DistinctNode extends Operator {
  readonly kind: 'distinct';
  readonly reads: Reads;
  /** The store's key serde is that of the ids it answers. */
  readonly by: (key: unknown, value: unknown, record: RecordMetadata) => unknown;
  readonly store: StoreSpec;
  /** How long an id is remembered, by the time of records. Milliseconds. */
  readonly windowMs: number;
  /** Ids are forgotten in portions of so long. Milliseconds. */
  readonly segmentMs: number;
}

/** Turns a table's changes into records. */
export interface ToStreamNode extends Operator {
  readonly kind: 'toStream';
}
