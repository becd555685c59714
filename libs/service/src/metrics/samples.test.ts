import { describe, expect, it } from '@jest/globals';
import { createMetrics } from './registry.js';
import { exportSamples, type Sample } from './samples.js';

describe('exportSamples', () => {
  it('reads at each scrape, under names that Prometheus takes', async () => {
    const metrics = createMetrics('fixture');
    let samples: Sample[] = [{ name: 'records-lag', labels: { 'task-id': '0_1' }, value: 7 }];
    exportSamples(metrics, () => samples);
    expect(await metrics.metrics()).toContain('records_lag{task_id="0_1",service="fixture"} 7');
    samples = [{ name: 'records-lag', labels: { 'task-id': '0_1' }, value: 3 }];
    expect(await metrics.metrics()).toContain('records_lag{task_id="0_1",service="fixture"} 3');
  });

  it('exports a counter as one and forgets a task that went away', async () => {
    const metrics = createMetrics('fixture');
    let samples: Sample[] = [{ name: 'process-total', type: 'counter', labels: { task: '0_0' }, value: 10 }];
    exportSamples(metrics, () => samples);
    const first = await metrics.metrics();
    expect(first).toContain('# TYPE process_total counter');
    expect(first).toContain('process_total{task="0_0",service="fixture"} 10');
    samples = [{ name: 'process-total', type: 'counter', labels: { task: '0_1' }, value: 12 }];
    const second = await metrics.metrics();
    expect(second).toContain('process_total{task="0_1",service="fixture"} 12');
    expect(second).not.toContain('0_0');
  });
});
