import type { ApplicationThread } from './application-thread.js';
import { TaskCounters, type Metric, type MetricGroup } from './metrics.js';
import type { StreamsState } from './state-machine.js';
import type { StreamThread } from './stream-thread.js';
import type { Task } from './task.js';

/** Kafka Streams' ordinals of its states, as its `client-state` metric gives them. */
const STATES: Readonly<Record<StreamsState, number>> = {
  CREATED: 0,
  REBALANCING: 1,
  RUNNING: 2,
  PENDING_SHUTDOWN: 3,
  NOT_RUNNING: 4,
  PENDING_ERROR: 5,
  ERROR: 6,
};

const PROCESS_RATE = 'process-rate';

type Labels = Metric['labels'];

/** All metrics of an application as of now. */
export function snapshot(threads: readonly ApplicationThread[], state: StreamsState): Metric[] {
  const ofThreads = threads.flatMap(({ metrics }) => metrics);
  const processRate = ofThreads.reduce(
    (sum, { name, value }) => (name === PROCESS_RATE ? sum + value : sum),
    0,
  );
  const client = new Readings('stream-client-metrics', {});
  client.gauge(
    'client-state',
    'State: 0 created, 1 rebalancing, 2 running, 3-4 closing and closed, 5-6 error',
    STATES[state],
  );
  client.gauge(PROCESS_RATE, 'Records processed a second, by all threads', processRate);
  client.gauge('alive-stream-threads', 'Threads that have not ended', threads.length);
  return [...client.taken, ...ofThreads];
}

/** Rates, averages and extremes are over about the last half minute. */
export function threadMetrics(thread: StreamThread, labels: Labels): Metric[] {
  const { metrics, tasks } = thread;
  const { commits, polls, processing } = metrics;
  const counters = new TaskCounters();
  counters.add(metrics.counters);
  for (const task of tasks) counters.add(task.counters);

  const at = new Readings('stream-thread-metrics', labels);
  at.counter('process-total', 'Records processed', counters.processed);
  at.gauge(PROCESS_RATE, 'Records processed a second', processing.perSecond);
  at.gauge('process-latency-avg', 'Mean time of a round of processing, milliseconds', processing.averageMs);
  at.gauge('process-latency-max', 'Longest round of processing, milliseconds', processing.maxMs);
  at.counter('commit-total', 'Commits', commits.count);
  at.gauge('commit-rate', 'Commits a second', commits.perSecond);
  at.gauge('commit-latency-avg', 'Mean time of a commit, milliseconds', commits.averageMs);
  at.gauge('commit-latency-max', 'Longest time of a commit, milliseconds', commits.maxMs);
  at.counter('poll-total', 'Polls', polls.count);
  at.gauge('poll-rate', 'Polls a second', polls.perSecond);
  at.gauge('poll-latency-avg', 'Mean time of a poll, milliseconds', polls.averageMs);
  at.gauge('poll-latency-max', 'Longest time of a poll, milliseconds', polls.maxMs);
  at.counter('task-created-total', 'Tasks begun', metrics.tasksCreated);
  at.counter('task-closed-total', 'Tasks ended', metrics.tasksClosed);
  at.counter('thread-restart-total', 'Times everything was given up and begun anew', metrics.restarts);
  at.counter('repeated-records-total', 'Records left out as repetitions', counters.repeated);
  at.counter('dead-letter-records-total', 'Records written to dead letters', counters.deadLettered);
  at.counter('skipped-records-total', 'Failed records that the handler said to skip', counters.skipped);

  // Of tasks in Kafka Streams. Here of all that the thread has had, so that none of them goes when a task does.
  const of = new Readings('stream-task-metrics', labels);
  of.counter('dropped-records-total', 'Records left out: late, or without a key', counters.dropped);
  of.counter('restore-total', 'Changelog records read to restore state', metrics.restored);
  of.counter('update-total', 'Changelog records read to keep standbys up to date', metrics.updated);
  of.gauge('restore-remaining-records-total', 'Changelog offsets still to read', thread.restoreRemaining);
  const joins = [...counters.joins].flatMap(([node, { matched, missed }]) => {
    const join = new Readings('stream-processor-node-metrics', { ...labels, 'processor-node-id': node });
    join.counter('join-matches-total', 'Records that found a partner', matched);
    join.counter('join-misses-total', 'Records that found none when they came', missed);
    return join.taken;
  });
  return [...at.taken, ...of.taken, ...joins, ...tasks.flatMap((task) => taskMetrics(task, labels))];
}

function taskMetrics(task: Task, thread: Labels): Metric[] {
  const { latency } = task;
  const labels = { ...thread, 'task-id': task.id };
  const at = new Readings('stream-task-metrics', { 'task-id': task.id });
  at.gauge('outstanding-records', 'Records whose asynchronous work is not done', task.outstanding);
  const ends = new Readings('stream-processor-node-metrics', labels);
  ends.gauge(
    'record-e2e-latency-avg',
    "Mean of how old records are once processed, by their time's account, milliseconds",
    latency.averageMs,
  );
  ends.gauge('record-e2e-latency-min', 'Least age of a processed record, milliseconds', latency.minMs);
  ends.gauge('record-e2e-latency-max', 'Greatest age of a processed record, milliseconds', latency.maxMs);
  const lags = task.lags.flatMap(({ topic, partition, lag }) => {
    const behind = new Readings('consumer-fetch-manager-metrics', { topic, partition: String(partition) });
    behind.gauge('records-lag', 'Records behind the end of the partition', lag);
    return behind.taken;
  });
  const stores = [...task.stores.values()].flatMap((store) => {
    const held = new Readings('stream-state-metrics', { store: store.name, 'task-id': task.id });
    held.gauge('num-entries', 'Entries in a store', store.size);
    if (store.changes === undefined) return held.taken;
    const { hits, misses, bytes } = store.changes;
    const cache = new Readings('stream-record-cache-metrics', { store: store.name, 'task-id': task.id });
    cache.gauge(
      'hit-ratio-avg',
      'Of reads, those that found a change waiting',
      hits / Math.max(1, hits + misses),
    );
    cache.counter('cache-hits-total', 'Reads that found a change waiting for the next commit', hits);
    cache.counter('cache-misses-total', 'Reads that found none', misses);
    cache.gauge('cache-size-bytes', 'Of the changes that wait, roughly', bytes);
    return [...held.taken, ...cache.taken];
  });
  const { usage } = task.state;
  if (usage !== undefined) {
    at.gauge('state-bytes', 'State on disk, bytes', usage.bytes);
    at.gauge('state-bytes-max', 'The most that state on disk may become, bytes', usage.maxBytes);
  }
  return [...at.taken, ...ends.taken, ...lags, ...stores];
}

/** Metrics of one group and one place. */
class Readings {
  readonly taken: Metric[] = [];
  readonly #group: MetricGroup;
  readonly #labels: Labels;

  constructor(group: MetricGroup, labels: Labels) {
    this.#group = group;
    this.#labels = labels;
  }

  counter(name: string, description: string, value: number): void {
    this.#take('counter', name, description, value);
  }

  gauge(name: string, description: string, value: number): void {
    this.#take('gauge', name, description, value);
  }

  #take(kind: Metric['kind'], name: string, description: string, value: number): void {
    this.taken.push({ name, group: this.#group, kind, description, labels: this.#labels, value });
  }
}
