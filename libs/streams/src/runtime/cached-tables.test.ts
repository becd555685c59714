import { describe, expect, it } from '@jest/globals';
import type { Header } from '@mesh/kafka';
import { longSerde, stringSerde, StreamsBuilder, TimeWindows, type Topology } from '../index.js';
import { CacheBudget } from '../state/pending-changes.js';
import { singleTask } from '../test/single-task.js';

const strings = { key: stringSerde, value: stringSerde };

interface Sent {
  readonly topic: string;
  readonly key: string;
  readonly value: number | null;
  readonly timestamp: number;
  readonly headers: readonly string[];
}

/** A task of the topology's only sub-topology, and what it sends. */
function taskOf(topology: Topology, maxBytes = 1_000_000) {
  const sent: Sent[] = [];
  const budget = new CacheBudget(maxBytes);
  const task = singleTask(topology, {
    budget,
    collector: {
      send: (topic, key, value, headers, timestamp) => {
        sent.push({
          ...{ topic, key: key?.toString('utf8', 0, 1) ?? '', timestamp },
          value: value && longSerde.deserialize('', value, []),
          headers: headers.map(([name]) => name),
        });
      },
    },
  });
  let offset = 0;
  const give = (key: string, timestamp: number, headers: readonly Header[] = []): void => {
    const record = { key: Buffer.from(key), value: Buffer.from('x'), headers, timestamp, offset };
    offset += 1;
    task.enqueue({ topic: 'in', partition: 0, records: [record], nextOffset: offset, highWatermark: offset });
    task.process(1);
  };
  return { task, give, sent, budget };
}

function counting(caching?: boolean): Topology {
  const builder = new StreamsBuilder();
  builder
    .stream('in', strings)
    .groupByKey()
    .count({ store: 'counts', ...(caching === undefined ? {} : { caching }) })
    .toStream()
    .to('out', { key: stringSerde, value: longSerde });
  return builder.build();
}

const none = { headers: [] };

describe('a table whose changes wait', () => {
  it('lets the last change of each key go on, in order of these, with the context of its record', () => {
    const { task, give, sent } = taskOf(counting());
    give('a', 10);
    give('b', 20);
    give('a', 5, [['h', Buffer.from('1')]]);
    expect(sent).toEqual([]);
    task.flush();
    expect(sent).toEqual([
      { topic: 'app-counts-changelog', key: 'b', value: 1, timestamp: 20, ...none },
      { topic: 'out', key: 'b', value: 1, timestamp: 20, ...none },
      { topic: 'app-counts-changelog', key: 'a', value: 2, timestamp: 10, ...none },
      { topic: 'out', key: 'a', value: 2, timestamp: 10, headers: ['h'] },
    ]);
    task.flush();
    expect(sent).toHaveLength(4);
  });

  it('shows what waits to those who look into it, and says how often it did', () => {
    const { task, give } = taskOf(counting());
    give('a', 10);
    give('a', 11);
    const changes = task.stores.get('counts')?.changes;
    expect([changes?.hits, changes?.misses]).toEqual([1, 1]);
    expect(task.stores.get('counts')?.size).toBe(1);
  });

  it('holds no more than the budget before the task is to flush, and gives it back', () => {
    const { task, give, budget } = taskOf(counting(), 1_000);
    for (const key of ['a', 'b', 'c', 'd', 'e']) give(key, 1);
    expect(budget.isOver).toBe(true);
    task.flush();
    expect(budget.bytes).toBe(0);
    give('a', 2);
    task.state.close().catch(() => undefined);
    expect(budget.bytes).toBe(0);
  });

  it.each([
    ['caching: false', counting(false), 1_000_000],
    ['no cache in the application', counting(), 0],
  ])('lets each change go on at once with %s', (_name, topology, maxBytes) => {
    const { give, sent } = taskOf(topology, maxBytes);
    give('a', 10);
    give('a', 11);
    expect(sent.filter(({ topic }) => topic === 'out').map(({ value }) => value)).toEqual([1, 2]);
  });

  it('lets a window that has expired while it waited go on, and keeps it out of the changelog', () => {
    const builder = new StreamsBuilder();
    builder
      .stream('in', strings)
      .groupByKey()
      .windowedBy(TimeWindows.of({ sizeMs: 10 }))
      .count({ store: 'windows' })
      .toStream()
      .map((windowed, count) => [windowed.key, count] as const)
      .to('out', { key: stringSerde, value: longSerde });
    const { task, give, sent } = taskOf(builder.build());
    give('a', 5);
    give('b', 1_000);
    task.flush();
    expect(sent.map(({ topic, key }) => `${topic} ${key}`)).toEqual([
      'out a',
      'app-windows-changelog b',
      'out b',
    ]);
  });
});
