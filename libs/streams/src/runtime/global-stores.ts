import type { ConsumedRecord } from '@mesh/kafka';
import { StreamsError } from '../errors.js';
import { createStore } from '../state/create-store.js';
import { uncached } from '../state/uncached.js';
import type { StateStore } from '../state/ports.js';
import { preparationOf, type Preparation } from '../state/preparation.js';
import type { GlobalTable, Topology } from '../topology/topology.js';
import type { QueryableTask } from './queries/answer.js';
import { toError, type FailureHandler } from './failures.js';

/** What failures of global topics have in the place of a task. */
const TASK_ID = 'global';
/** Nothing is written of them: their topics are their changelogs. */
const NO_CHANGELOG = { write: () => undefined };

export interface GlobalStore {
  readonly table: GlobalTable;
  readonly store: StateStore;
  /** What its serdes need before a record of the topic is taken; absent where they never need anything. */
  readonly prepare: Preparation | undefined;
}

/** The tables that an instance keeps whole, for all its tasks to read. */
export class GlobalStores {
  readonly all: readonly GlobalStore[];
  readonly byName: ReadonlyMap<string, StateStore>;
  readonly #byTopic: ReadonlyMap<string, GlobalStore>;

  readonly #onFailure: FailureHandler;

  constructor(topology: Topology, onFailure: FailureHandler) {
    this.#onFailure = onFailure;
    this.all = topology.globalTables.map((table) => ({
      table,
      store: createStore({
        spec: table.store,
        changelogTopic: table.topic,
        changelog: NO_CHANGELOG,
        cache: uncached(),
      }),
      prepare: preparationOf(table.store, table.topic),
    }));
    this.byName = new Map(this.all.map(({ table, store }) => [table.store.name, store]));
    this.#byTopic = new Map(this.all.map((global) => [global.table.topic, global]));
  }

  /** As queries see them: one task that has them all. */
  get queryable(): readonly QueryableTask[] {
    return [{ partition: 0, stores: this.byName, role: 'active', position: {} }];
  }

  of(topic: string): GlobalStore | undefined {
    return this.#byTopic.get(topic);
  }

  /**
   * Takes a record of a global topic; one without a key says nothing.
   *
   * @returns why it was left out, where it was
   * @throws StreamsError `RECORD_FAILED` where it cannot be read and the handler says `fail`
   */
  update(topic: string, partition: number, record: ConsumedRecord): Error | undefined {
    const { key, value, timestamp } = record;
    if (key === null) return undefined;
    try {
      this.of(topic)?.store.restore(key, value, timestamp);
      return undefined;
    } catch (error) {
      return this.failed(topic, partition, record, toError(error));
    }
  }

  /** As {@link update} with what cannot be read. */
  failed(topic: string, partition: number, record: ConsumedRecord, error: Error): Error {
    const node = this.of(topic)?.table.name ?? topic;
    const stage = 'VALUE_CONVERTER';
    const report = { stage, topic, partition, record, error, node, taskId: TASK_ID } as const;
    if (this.#onFailure(report) !== 'fail') return error;
    const what = `${stage} at ${node}, record ${topic}-${partition}@${record.offset}: ${error.message}`;
    throw new StreamsError('RECORD_FAILED', what, { cause: error });
  }
}
