/*
 * Task ids, written short: `0:0-3,7;1:2` is 0_0, 0_1, 0_2, 0_3, 0_7 and 1_2. Every member is told the tasks of all.
 */

export function tasksText(ids: Iterable<string>): string {
  const bySub = new Map<number, number[]>();
  for (const id of ids) {
    const [sub = 0, partition = 0] = id.split('_').map(Number);
    const partitions = bySub.get(sub);
    if (partitions === undefined) bySub.set(sub, [partition]);
    else partitions.push(partition);
  }
  return [...bySub]
    .sort(([a], [b]) => a - b)
    .map(([sub, partitions]) => `${sub}:${rangesText(partitions.sort((a, b) => a - b))}`)
    .join(';');
}

/** @throws SyntaxError */
export function parseTasks(text: string): string[] {
  if (text === '') return [];
  return text.split(';').flatMap((part) => {
    const match = /^(\d+):([\d,-]+)$/.exec(part);
    if (match === null) throw new SyntaxError(`${JSON.stringify(part)} names no tasks`);
    const [, sub = '', ranges = ''] = match;
    return ranges.split(',').flatMap((range) => {
      const [from = 0, to = from] = range.split('-').map(Number);
      return Array.from({ length: to - from + 1 }, (_, index) => `${sub}_${from + index}`);
    });
  });
}

function rangesText(sorted: readonly number[]): string {
  const ranges: string[] = [];
  for (let index = 0; index < sorted.length; index++) {
    const from = sorted[index] as number;
    while (index + 1 < sorted.length && sorted[index + 1] === (sorted[index] as number) + 1) index++;
    const to = sorted[index] as number;
    ranges.push(from === to ? String(from) : `${from}-${to}`);
  }
  return ranges.join(',');
}
