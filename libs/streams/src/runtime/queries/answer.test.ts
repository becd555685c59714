import { describe, expect, it } from '@jest/globals';
import { StreamsBuilder, stringSerde, type StateQueryRequest } from '../../index.js';
import { createStore } from '../../state/create-store.js';
import { uncached } from '../../state/uncached.js';
import { answerQuery, type QueryableTask } from './answer.js';

const builder = new StreamsBuilder();
builder.table('in', { key: stringSerde, value: stringSerde, store: 'rows' });
const topology = builder.build();

function task(partition: number, rest: Pick<QueryableTask, 'role' | 'behind'>): QueryableTask {
  const [spec] = topology.subTopologies[0]?.stores ?? [];
  if (spec === undefined) throw new Error('no store');
  const store = createStore({
    spec,
    changelogTopic: 'app-rows-changelog',
    changelog: { write: () => undefined },
    cache: uncached(),
  });
  store.restore(Buffer.from(`key-${partition}`), Buffer.from('value'), 1);
  return { partition, stores: new Map([['rows', store]]), position: { in: { [partition]: 9 } }, ...rest };
}

const tasks = [
  task(2, { role: 'standby', behind: { records: 10, ms: 200 } }),
  task(0, { role: 'active' }),
  task(1, { role: 'restoring', behind: {} }),
];

function outcomes(request: Partial<StateQueryRequest>): unknown[] {
  const query = { type: 'range' } as const;
  const result = answerQuery(topology, 'app', tasks, { store: 'rows', query, ...request });
  return result.map((answer) => ('failure' in answer ? answer.failure : answer.role));
}

describe('a query of several partitions', () => {
  it('is answered by replicas too, which say what they are and how far behind', () => {
    expect(outcomes({})).toEqual(['active', 'restoring', 'standby']);
    const [answer] = answerQuery(topology, 'app', tasks, {
      ...{ store: 'rows', query: { type: 'range' }, partitions: [2] },
    });
    expect(answer).toMatchObject({ role: 'standby', behind: { records: 10, ms: 200 } });
  });

  it('is answered only by those that process, where it says so', () => {
    expect(outcomes({ requireActive: true })).toEqual(['active', 'NOT_ACTIVE', 'NOT_ACTIVE']);
  });

  it('bounds how stale a replica may be, by records and by time; what is not known is too stale', () => {
    expect(outcomes({ staleness: { maxLag: 10 } })).toEqual(['active', 'TOO_STALE', 'standby']);
    expect(outcomes({ staleness: { maxLag: 9 } })).toEqual(['active', 'TOO_STALE', 'TOO_STALE']);
    expect(outcomes({ staleness: { maxLagMs: 199 } })).toEqual(['active', 'TOO_STALE', 'TOO_STALE']);
    expect(outcomes({ staleness: { maxLag: 10, maxLagMs: 200 } })).toEqual([
      'active',
      'TOO_STALE',
      'standby',
    ]);
  });
});
