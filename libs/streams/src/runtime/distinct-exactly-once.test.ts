import { describe, expect, it } from '@jest/globals';
import { stringSerde, StreamsBuilder } from '../index.js';
import { singleTask } from '../test/single-task.js';

const strings = { key: stringSerde, value: stringSerde };

interface Write {
  readonly topic: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

/** Gives a task the records, from offset 0, and its store what the changelog held before. */
function run(values: readonly string[], restored: readonly Write[], exactlyOnce: boolean): readonly Write[] {
  const builder = new StreamsBuilder();
  builder
    .stream('in', strings)
    .distinct({ store: 'ids', by: (_key, value) => value, id: stringSerde, windowMs: 1_000 })
    .to('out', strings);
  const writes: Write[] = [];
  const task = singleTask(builder.build(), {
    collector: { send: (topic, key, value) => writes.push({ topic, key, value }) },
    exactlyOnce,
  });
  for (const { topic, key, value } of restored) {
    if (topic === 'app-ids-changelog' && key !== null) task.stores.get('ids')?.restore(key, value, 10);
  }
  const records = values.map((value, offset) => ({
    key: null,
    value: Buffer.from(value),
    headers: [],
    timestamp: 10,
    offset,
  }));
  const nextOffset = records.length;
  task.enqueue({ topic: 'in', partition: 0, records, nextOffset, highWatermark: nextOffset });
  task.process(Number.POSITIVE_INFINITY);
  expect(task.failure).toBeUndefined();
  return writes;
}

describe('distinct, given after a restart the very record that brought the id', () => {
  it.each([
    [true, 0],
    [false, 1],
  ])('exactly once: %p, lets it through %d times', (exactlyOnce, times) => {
    const before = run(['a'], [], exactlyOnce);
    const after = run(['a', 'a'], before, exactlyOnce);
    expect(after.filter(({ topic }) => topic === 'out')).toHaveLength(times);
  });
});
