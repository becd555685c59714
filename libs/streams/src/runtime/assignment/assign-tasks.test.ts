import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  assignTasks,
  type AssignableClient,
  type AssignableTask,
  type AssignmentOptions,
  type TaskAssignment,
} from './assign-tasks.js';

const OPTIONS: AssignmentOptions = {
  numStandbyReplicas: 1,
  maxWarmupReplicas: 2,
  acceptableRecoveryLag: 100,
};
const LOG = 10_000;

function tasksOf(
  subs: readonly { readonly partitions: number; readonly stateful: boolean }[],
): AssignableTask[] {
  return subs.flatMap(({ partitions, stateful }, subTopology) =>
    Array.from({ length: partitions }, (_, partition) => ({
      id: `${subTopology}_${partition}`,
      subTopology,
      stateful,
      endOffsetSum: stateful ? LOG : 0,
    })),
  );
}

interface Member {
  readonly active?: readonly string[];
  readonly sums?: Readonly<Record<string, number>>;
}

function client(processId: string, ...members: readonly Member[]): AssignableClient {
  return {
    processId,
    members: members.map(({ active = [], sums = {} }, index) => ({
      memberId: `${processId}-${index}`,
      active: new Set(active),
      offsetSums: new Map(Object.entries(sums)),
    })),
  };
}

/** What the members would say of themselves when they have done as they were told. */
function after(
  clients: readonly AssignableClient[],
  tasks: readonly AssignableTask[],
  { members }: TaskAssignment,
  caughtUp = true,
): AssignableClient[] {
  const stateful = new Set(tasks.filter((task) => task.stateful).map(({ id }) => id));
  return clients.map(({ processId, members: own }) => ({
    processId,
    members: own.map(({ memberId, offsetSums }) => {
      const { active = [], standby = [] } = members.get(memberId) ?? {};
      const sums = [
        ...active.filter((id) => stateful.has(id)).map((id) => [id, LOG] as const),
        ...standby.map((id) => [id, caughtUp ? LOG : (offsetSums.get(id) ?? 0)] as const),
      ];
      return { memberId, active: new Set(active), offsetSums: new Map(sums) };
    }),
  }));
}

function activeOf(
  clients: readonly AssignableClient[],
  { members }: TaskAssignment,
): Record<string, string[]> {
  return Object.fromEntries(
    clients.map(({ processId, members: own }) => [
      processId,
      own.flatMap(({ memberId }) => members.get(memberId)?.active ?? []).sort(),
    ]),
  );
}

function standbyOf(
  clients: readonly AssignableClient[],
  { members }: TaskAssignment,
): Record<string, string[]> {
  return Object.fromEntries(
    clients.map(({ processId, members: own }) => [
      processId,
      own.flatMap(({ memberId }) => members.get(memberId)?.standby ?? []).sort(),
    ]),
  );
}

/** Rebalances, with everything caught up between, until nothing waits. */
function settled(
  start: readonly AssignableClient[],
  tasks: readonly AssignableTask[],
  options: AssignmentOptions,
): { readonly clients: AssignableClient[]; readonly assignment: TaskAssignment } {
  let clients = [...start];
  for (let round = 0; round <= tasks.length + 1; round++) {
    const assignment = assignTasks(clients, tasks, options);
    clients = after(clients, tasks, assignment);
    if (assignment.waiting.length === 0) return { clients, assignment };
  }
  throw new Error(`something waits after ${tasks.length + 1} rounds`);
}

const topology = fc
  .array(fc.record({ partitions: fc.integer({ min: 1, max: 6 }), stateful: fc.boolean() }), {
    minLength: 1,
    maxLength: 3,
  })
  .map(tasksOf);
const options = fc.record({
  numStandbyReplicas: fc.integer({ min: 0, max: 2 }),
  maxWarmupReplicas: fc.integer({ min: 1, max: 3 }),
  acceptableRecoveryLag: fc.constantFrom(0, 100),
});

/** Some processes with some threads, which have tasks and stores in whatever distribution. */
const anyClients = (tasks: readonly AssignableTask[]): fc.Arbitrary<AssignableClient[]> =>
  fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 }).chain((threads) => {
    const members = threads.flatMap((count, process) =>
      Array.from({ length: count }, (_, thread) => ({ process, thread })),
    );
    return fc
      .tuple(
        fc.array(fc.integer({ min: -1, max: members.length - 1 }), {
          minLength: tasks.length,
          maxLength: tasks.length,
        }),
        fc.array(
          fc.tuple(
            fc.integer({ min: 0, max: members.length - 1 }),
            fc.integer({ min: 0, max: Math.max(0, tasks.length - 1) }),
            fc.integer({ min: 0, max: LOG }),
          ),
          { maxLength: 8 },
        ),
      )
      .map(([owners, stores]) =>
        threads.map((count, process) =>
          client(
            `p${process}`,
            ...Array.from({ length: count }, (_, thread) => {
              const index = members.findIndex((each) => each.process === process && each.thread === thread);
              const active = tasks.filter((_task, at) => owners[at] === index).map(({ id }) => id);
              const sums = stores.flatMap(([at, task, sum]) => {
                const found = tasks[task];
                return at === index && found?.stateful === true ? [[found.id, sum] as const] : [];
              });
              return { active, sums: Object.fromEntries(sums) };
            }),
          ),
        ),
      );
  });
const world = topology.chain((tasks) =>
  fc.record({ tasks: fc.constant(tasks), clients: anyClients(tasks), options }),
);

describe('any assignment', () => {
  it('makes each task active once, and keeps no standby where it is active or twice in a process', () => {
    fc.assert(
      fc.property(world, ({ tasks, clients, options: given }) => {
        const assignment = assignTasks(clients, tasks, given);
        const active = activeOf(clients, assignment);
        const standby = standbyOf(clients, assignment);
        expect(Object.values(active).flat().sort()).toEqual(tasks.map(({ id }) => id).sort());
        for (const [process, ids] of Object.entries(standby)) {
          expect(new Set(ids).size).toBe(ids.length);
          expect(ids.filter((id) => active[process]?.includes(id))).toEqual([]);
        }
        const stateful = tasks.filter((task) => task.stateful);
        for (const { id } of stateful) {
          const copies = Object.values(standby).filter((ids) => ids.includes(id)).length;
          expect(copies).toBeGreaterThanOrEqual(Math.min(given.numStandbyReplicas, clients.length - 1));
          expect(copies).toBeLessThanOrEqual(given.numStandbyReplicas + 1);
        }
        const least = stateful.length * Math.min(given.numStandbyReplicas, clients.length - 1);
        expect(Object.values(standby).flat().length).toBeLessThanOrEqual(least + given.maxWarmupReplicas);
      }),
    );
  });

  it('moves a task with state only to where it is near, or to nobody further than others', () => {
    fc.assert(
      fc.property(world, ({ tasks, clients, options: given }) => {
        const active = activeOf(clients, assignTasks(clients, tasks, given));
        for (const task of tasks.filter(({ stateful }) => stateful)) {
          const lag = ({ members }: AssignableClient): number =>
            members.some((member) => member.active.has(task.id))
              ? 0
              : LOG - Math.max(0, ...members.map((member) => member.offsetSums.get(task.id) ?? 0));
          const chosen = clients.find(({ processId }) => active[processId]?.includes(task.id));
          const least = Math.min(...clients.map(lag));
          expect(chosen === undefined ? Infinity : lag(chosen)).toBeLessThanOrEqual(
            Math.max(least, given.acceptableRecoveryLag),
          );
        }
      }),
    );
  });

  it('comes to rest, even over processes and threads, and then changes nothing', () => {
    fc.assert(
      fc.property(world, ({ tasks, clients: start, options: given }) => {
        const { clients, assignment } = settled(start, tasks, given);
        const perThread = [...assignment.members.values()].map(({ active }) => active.length);
        const perProcess = clients.map(
          ({ processId, members }) =>
            (activeOf(clients, assignment)[processId]?.length ?? 0) / members.length,
        );
        expect(Math.max(...perThread) - Math.min(...perThread)).toBeLessThanOrEqual(1);
        expect(Math.max(...perProcess) - Math.min(...perProcess)).toBeLessThanOrEqual(1);
        const again = assignTasks(clients, tasks, given);
        expect(activeOf(clients, again)).toEqual(activeOf(clients, assignment));
        for (const [id, { active }] of again.members) {
          expect([...active].sort()).toEqual([...(assignment.members.get(id)?.active ?? [])].sort());
        }
      }),
    );
  });

  it('does not depend on the order of processes, threads or tasks', () => {
    fc.assert(
      fc.property(world, ({ tasks, clients, options: given }) => {
        const reversed = [...clients]
          .reverse()
          .map(({ processId, members }) => ({ processId, members: [...members].reverse() }));
        const one = assignTasks(clients, tasks, given);
        const other = assignTasks(reversed, [...tasks].reverse(), given);
        expect(Object.fromEntries(other.members)).toEqual(Object.fromEntries(one.members));
        expect(other.waiting).toEqual(one.waiting);
      }),
    );
  });

  it('leaves what others have alone when a process that is caught up goes', () => {
    fc.assert(
      fc.property(world, ({ tasks, clients: start, options: given }) => {
        const { clients, assignment } = settled(start, tasks, given);
        const [gone, ...rest] = clients;
        fc.pre(gone !== undefined && rest.length > 0);
        const before = activeOf(clients, assignment);
        const now = activeOf(rest, assignTasks(rest, tasks, given));
        const kept = rest.reduce(
          (sum, { processId }) =>
            sum + (before[processId] ?? []).filter((id) => now[processId]?.includes(id)).length,
          0,
        );
        // All that stays can stay where threads are as many; else unevenness of one a thread may have to go.
        const threads = rest.reduce((sum, { members }) => sum + members.length, 0);
        const total = rest.reduce((sum, { processId }) => sum + (before[processId]?.length ?? 0), 0);
        expect(total - kept).toBeLessThanOrEqual(threads);
      }),
    );
  });
});

describe('a new process', () => {
  const tasks = tasksOf([{ partitions: 4, stateful: true }]);
  const first = client('a', { active: tasks.map(({ id }) => id) });

  it('warms up, no more tasks at a time than allowed, and takes over what it has read', () => {
    const clients = [first, client('b', {})];
    const given = { ...OPTIONS, numStandbyReplicas: 0, maxWarmupReplicas: 1 };
    const one = assignTasks(clients, tasks, given);
    expect(activeOf(clients, one)).toEqual({ a: ['0_0', '0_1', '0_2', '0_3'], b: [] });
    expect(standbyOf(clients, one)['b']).toHaveLength(1);
    expect(one.waiting).toHaveLength(2);
    const [warming] = standbyOf(clients, one)['b'] ?? [];

    // Not near yet: the same, and no other task.
    const slow = after(clients, tasks, one, false);
    expect(standbyOf(slow, assignTasks(slow, tasks, given))['b']).toEqual([warming]);

    const near = after(clients, tasks, one);
    const two = assignTasks(near, tasks, given);
    expect(activeOf(near, two)['b']).toEqual([warming]);
    expect(two.waiting).toHaveLength(1);
    const there = after(near, tasks, two);
    expect(assignTasks(there, tasks, given).waiting).toEqual([]);
    expect(activeOf(there, assignTasks(there, tasks, given))['b']).toHaveLength(2);
  });

  it('takes tasks without state at once', () => {
    const light = tasksOf([{ partitions: 4, stateful: false }]);
    const clients = [client('a', { active: light.map(({ id }) => id) }), client('b', {})];
    const assignment = assignTasks(clients, light, OPTIONS);
    expect(activeOf(clients, assignment)['b']).toHaveLength(2);
    expect(assignment.waiting).toEqual([]);
  });

  it('takes over at once where nobody has read further, as at the very beginning', () => {
    const clients = [client('a', {}), client('b', {})];
    const assignment = assignTasks(clients, tasks, OPTIONS);
    expect(activeOf(clients, assignment)).toEqual({ a: ['0_0', '0_2'], b: ['0_1', '0_3'] });
    expect(standbyOf(clients, assignment)).toEqual({ a: ['0_1', '0_3'], b: ['0_0', '0_2'] });
  });
});

describe('the tasks of a process that is gone', () => {
  it('go to those who keep its standbys', () => {
    const tasks = tasksOf([{ partitions: 2, stateful: true }]);
    const clients = [
      client('a', { active: ['0_0'], sums: { '0_0': LOG } }),
      client('b', { active: [], sums: { '0_1': LOG - 50 } }),
    ];
    expect(activeOf(clients, assignTasks(clients, tasks, OPTIONS))).toEqual({ a: ['0_0'], b: ['0_1'] });
  });
});

describe('the threads of a process', () => {
  it('keep what they have, and the one with the standby gets the task', () => {
    const tasks = tasksOf([{ partitions: 4, stateful: true }]);
    const clients = [
      client(
        'a',
        { active: ['0_0'], sums: { '0_0': LOG, '0_3': LOG } },
        { active: ['0_1'], sums: { '0_2': LOG } },
      ),
    ];
    const { members } = assignTasks(clients, tasks, OPTIONS);
    expect(members.get('a-0')?.active).toEqual(['0_0', '0_3']);
    expect(members.get('a-1')?.active).toEqual(['0_1', '0_2']);
  });

  it('share evenly what they had unevenly', () => {
    const tasks = tasksOf([{ partitions: 4, stateful: true }]);
    const { members } = assignTasks(
      [client('a', { active: tasks.map(({ id }) => id) }, {}, {})],
      tasks,
      OPTIONS,
    );
    expect([...members.values()].map(({ active }) => active.length).sort()).toEqual([1, 1, 2]);
  });
});
