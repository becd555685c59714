import type { StateQueryRequest, StateQueryResult } from './query.js';
import type { StoreType } from '../../topology/nodes.js';

/** An instance of an application, and the tasks it has: ids are `<sub-topology>_<partition>`. */
export interface StreamsMetadata {
  /** `host:port`, where its query service listens; absent where it has none. */
  readonly applicationServer?: string;
  readonly activeTasks: readonly string[];
  readonly standbyTasks: readonly string[];
}

/** A store of the topology. */
export interface StoreMetadata {
  readonly name: string;
  readonly type: StoreType;
  readonly subTopology: number;
  /** Each instance has it whole, as its one partition. */
  readonly global?: true;
  /** As many as its sub-topology has tasks; 0 while the application has not looked. */
  readonly partitions: number;
}

/** What the query service needs of an application; `KafkaStreams` is one. */
export interface QueryableApplication {
  readonly applicationId: string;
  /** Answers from this instance alone. */
  query(request: StateQueryRequest): Promise<StateQueryResult>;
  stores(): readonly StoreMetadata[];
  /** All instances, as of the last assignment. */
  metadataForAllStreamsClients(): readonly StreamsMetadata[];
}
