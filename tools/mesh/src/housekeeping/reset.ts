import type { ResetPlan } from '@mesh/streams';
import { formatTable } from '../table.js';

export function formatPlan(plan: ResetPlan): string {
  const lines = [`${plan.applicationId}: reads again from`];
  if (plan.inputs.length === 0) lines.push('  (it has committed nothing in topics that are not its own)');
  else {
    const table = formatTable([
      ['topic', 'partition', 'committed', 'new'],
      ...plan.inputs.map(({ topic, partition, from, offset }) => [topic, partition, from, offset]),
    ]);
    lines.push(...table.split('\n').map((line) => `  ${line}`));
  }
  lines.push('deletes its internal topics');
  lines.push(
    ...(plan.internalTopics.length === 0 ? ['none'] : plan.internalTopics).map((topic) => `  ${topic}`),
  );
  lines.push('What it wrote elsewhere stays: output topics keep their records, sinks their effects.');
  return lines.join('\n');
}
