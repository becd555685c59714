import { TaskCounters, type Metric } from './metrics.js';
import type { StreamsState } from './state-machine.js';
import type { StreamThread } from './stream-thread.js';

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

/** All metrics of an application as of now. */
export function snapshot(
  threads: readonly StreamThread[],
  processRate: number,
  state: StreamsState,
): Metric[] {
  return [
    gauge(
      'client-state',
      'State: 0 created, 1 rebalancing, 2 running, 3-4 closing and closed, 5-6 error',
      {},
      STATES[state],
    ),
    gauge('process-rate', 'Records processed a second, over about half a minute', {}, processRate),
    ...threads.flatMap((thread, index) => threadMetrics(thread, { 'thread-id': String(index + 1) })),
  ];
}

function threadMetrics(thread: StreamThread, labels: Readonly<Record<string, string>>): Metric[] {
  const { metrics, tasks } = thread;
  const counters = new TaskCounters();
  counters.add(metrics.counters);
  for (const task of tasks) counters.add(task.counters);
  return [
    counter('process-total', 'Records processed', labels, counters.processed),
    counter(
      'dropped-records-total',
      'Records left out: late beyond grace, or without a key',
      labels,
      counters.dropped,
    ),
    counter('repeated-records-total', 'Records left out as repetitions', labels, counters.repeated),
    counter('dead-letter-records-total', 'Records written to dead letters', labels, counters.deadLettered),
    counter(
      'skipped-records-total',
      'Failed records that the handler said to skip',
      labels,
      counters.skipped,
    ),
    counter('commit-total', 'Commits', labels, metrics.commits.count),
    gauge('commit-latency-avg', 'Mean time of a commit, milliseconds', labels, metrics.commits.averageMs),
    gauge('commit-latency-max', 'Longest time of a commit, milliseconds', labels, metrics.commits.maxMs),
    gauge('poll-latency-avg', 'Mean time of a poll, milliseconds', labels, metrics.polls.averageMs),
    gauge(
      'process-latency-avg',
      'Mean time of a round of processing, milliseconds',
      labels,
      metrics.processing.averageMs,
    ),
    counter('task-created-total', 'Tasks begun', labels, metrics.tasksCreated),
    counter('task-closed-total', 'Tasks ended', labels, metrics.tasksClosed),
    counter('thread-restart-total', 'Times everything was given up and begun anew', labels, metrics.restarts),
    counter('restore-total', 'Changelog records read to restore state', labels, metrics.restored),
    gauge(
      'restore-remaining-records-total',
      'Changelog offsets still to read',
      labels,
      thread.restoreRemaining,
    ),
    ...tasks.flatMap((task) => [
      gauge(
        'outstanding-records',
        'Records whose asynchronous work is not done',
        { 'task-id': task.id },
        task.outstanding,
      ),
      ...task.lags.map(({ topic, partition, lag }) =>
        gauge(
          'records-lag',
          'Records behind the end of the partition',
          { topic, partition: String(partition) },
          lag,
        ),
      ),
      ...[...task.stores.values()].map((store) =>
        gauge('num-entries', 'Entries in a store', { store: store.name, 'task-id': task.id }, store.size),
      ),
    ]),
  ];
}

function counter(name: string, description: string, labels: Metric['labels'], value: number): Metric {
  return { name, kind: 'counter', description, labels, value };
}

function gauge(name: string, description: string, labels: Metric['labels'], value: number): Metric {
  return { name, kind: 'gauge', description, labels, value };
}
