import { describe, expect, it } from '@jest/globals';
import { formatMetrics, prometheusText, type Metric } from '../index.js';
import { TaskCounters, Timing } from './metrics.js';

describe('the timing of something', () => {
  it('is that of about the last half minute, and its count that of all time', () => {
    let now = 0;
    const timing = new Timing(() => now);
    expect([timing.averageMs, timing.minMs, timing.maxMs]).toEqual([0, 0, 0]);
    for (const ms of [4, 8]) timing.record(ms);
    now = 16_000;
    timing.record(3);
    expect([timing.averageMs, timing.minMs, timing.maxMs]).toEqual([5, 3, 8]);
    now = 32_000;
    timing.record(1);
    expect([timing.averageMs, timing.minMs, timing.maxMs]).toEqual([2, 1, 3]);
    now = 90_000;
    expect([timing.averageMs, timing.minMs, timing.maxMs, timing.count]).toEqual([0, 0, 0, 4]);
  });

  it('knows how many events a second there were, and forgets what is long ago', () => {
    let now = 0;
    const timing = new Timing(() => now);
    expect(timing.perSecond).toBe(0);
    timing.record(1, 600);
    timing.record(1, 400);
    now = 10_000;
    expect(timing.perSecond).toBe(100);
    now = 20_000;
    timing.record(1, 1_000);
    expect(timing.perSecond).toBe(100);
    now = 60_000;
    expect(timing.perSecond).toBe(0);
  });
});

describe('counters', () => {
  it('add up by operator', () => {
    const [one, other] = [new TaskCounters(), new TaskCounters()];
    one.join('a').missed = 1;
    other.join('a').missed = 2;
    other.join('b').matched = 3;
    one.add(other);
    expect([...one.joins]).toEqual([
      ['a', { matched: 0, missed: 3 }],
      ['b', { matched: 3, missed: 0 }],
    ]);
  });
});

const metrics: readonly Metric[] = [
  {
    ...{
      name: 'process-total',
      group: 'stream-thread-metrics',
      kind: 'counter',
      description: 'Records\nprocessed',
    },
    ...{ labels: { 'thread-id': '1' }, value: 12_345 },
  },
  {
    ...{ name: 'commit-latency-avg', group: 'stream-thread-metrics', kind: 'gauge', description: 'Mean' },
    ...{ labels: { 'thread-id': '1' }, value: 4.25 },
  },
  ...[0, 1].map((partition): Metric => ({
    ...{ name: 'records-lag', group: 'consumer-fetch-manager-metrics', kind: 'gauge', description: 'Behind' },
    ...{ labels: { topic: 'say "in"', partition: String(partition) }, value: partition },
  })),
];

describe('metrics', () => {
  it('are shown as a table', () => {
    expect(formatMetrics(metrics)).toBe(
      [
        'stream-thread-metrics  thread-id=1',
        '  process-total             12,345',
        '  commit-latency-avg           4.3',
        '',
        'consumer-fetch-manager-metrics  records-lag',
        '  topic=say "in" partition=0              0',
        '  topic=say "in" partition=1              1',
        '',
      ].join('\n'),
    );
  });

  it("are written in Prometheus' format, each name once", () => {
    expect(prometheusText(metrics, { service: 'trends' })).toBe(
      [
        '# HELP process_total Records\\nprocessed',
        '# TYPE process_total counter',
        'process_total{thread_id="1",service="trends"} 12345',
        '',
        '# HELP commit_latency_avg Mean',
        '# TYPE commit_latency_avg gauge',
        'commit_latency_avg{thread_id="1",service="trends"} 4.25',
        '',
        '# HELP records_lag Behind',
        '# TYPE records_lag gauge',
        'records_lag{topic="say \\"in\\"",partition="0",service="trends"} 0',
        'records_lag{topic="say \\"in\\"",partition="1",service="trends"} 1',
        '',
      ].join('\n'),
    );
  });
});
