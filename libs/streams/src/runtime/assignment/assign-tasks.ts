/** A task to be shared out. Ids are `<sub-topology>_<partition>`. */
export interface AssignableTask {
  readonly id: string;
  readonly subTopology: number;
  readonly stateful: boolean;
  /** Sum of the ends of its changelogs: what a store without anything would have to read. */
  readonly endOffsetSum: number;
}

/** One thread: a member of the group. */
export interface AssignableMember {
  readonly memberId: string;
  /** What it processes, as it told when it joined. */
  readonly active: ReadonlySet<string>;
  /** How far its stores of a task are, active ones, standbys and what lies on disk: sums of changelog offsets. */
  readonly offsetSums: ReadonlyMap<string, number>;
}

/** One process. */
export interface AssignableClient {
  readonly processId: string;
  readonly members: readonly AssignableMember[];
}

export interface AssignmentOptions {
  readonly numStandbyReplicas: number;
  readonly maxWarmupReplicas: number;
  /** Offsets that a store may be behind for its task to move to it. */
  readonly acceptableRecoveryLag: number;
}

export interface MemberTasks {
  readonly active: readonly string[];
  /** Standbys and warm-ups: stores that are kept up to date. */
  readonly standby: readonly string[];
}

export interface TaskAssignment {
  /** By member id. */
  readonly members: ReadonlyMap<string, MemberTasks>;
  /** Tasks that stay where they are until a store elsewhere has caught up: to be looked at again after a while. */
  readonly waiting: readonly string[];
}

/** A client while tasks are given to it. */
class Share {
  readonly client: AssignableClient;
  readonly capacity: number;
  readonly active = new Set<string>();
  readonly replicas = new Set<string>();
  readonly #bySub = new Map<number, number>();
  readonly #owned: ReadonlySet<string>;
  readonly #sums = new Map<string, number>();

  constructor(client: AssignableClient) {
    this.client = client;
    this.capacity = client.members.length;
    this.#owned = new Set(client.members.flatMap((member) => [...member.active]));
    for (const { offsetSums } of client.members) {
      for (const [task, sum] of offsetSums) this.#sums.set(task, Math.max(sum, this.#sums.get(task) ?? 0));
    }
  }

  owns(task: AssignableTask): boolean {
    return this.#owned.has(task.id);
  }

  has(task: AssignableTask): boolean {
    return this.#sums.has(task.id);
  }

  /** Offsets still to read before it could process the task; an owner has read all. */
  lag(task: AssignableTask): number {
    if (this.owns(task)) return 0;
    return Math.max(0, task.endOffsetSum - (this.#sums.get(task.id) ?? 0));
  }

  /** The thread whose store of the task is furthest. */
  nearestMember(task: AssignableTask): AssignableMember | undefined {
    const having = this.client.members.filter(({ offsetSums }) => offsetSums.has(task.id));
    return having.sort((a, b) => attachment(b, task) - attachment(a, task))[0];
  }

  /** Active tasks of a sub-topology that it is meant to have. */
  ofSub(subTopology: number): number {
    return this.#bySub.get(subTopology) ?? 0;
  }

  count(task: AssignableTask, by: 1 | -1): void {
    this.#bySub.set(task.subTopology, this.ofSub(task.subTopology) + by);
  }
}

/**
 * Shares tasks out over processes and their threads, as Kafka Streams' `HighAvailabilityTaskAssignor` (KIP-441):
 *
 * - Each task is active once. The numbers of active tasks a thread come out as even as they can, in the end.
 * - Tasks stay with who has them as far as that allows.
 * - A task with state moves only to a process whose stores are at most `acceptableRecoveryLag` behind, or as far as
 *   any other's. Until then it stays, and at most `maxWarmupReplicas` such processes are given a warm-up: a standby
 *   that reads the changelog. Without state it moves at once.
 * - `numStandbyReplicas` other processes keep a standby of each task with state, as far as there are as many.
 *
 * A pure function of its arguments, in whatever order they come.
 */
export function assignTasks(
  unorderedClients: readonly AssignableClient[],
  unorderedTasks: readonly AssignableTask[],
  options: AssignmentOptions,
): TaskAssignment {
  const clients = [...unorderedClients]
    .sort((a, b) => compare(a.processId, b.processId))
    .map((client) => new Share(client));
  if (clients.length === 0) return { members: new Map(), waiting: [] };
  const tasks = [...unorderedTasks].sort(byId);
  const stateful = tasks.filter((task) => task.stateful);
  const targets = place(stateful, clients, new Map());
  const waiting = moveStateful(stateful, targets, clients, options.acceptableRecoveryLag);
  warmUp(waiting, targets, options.maxWarmupReplicas);
  addStandbys(stateful, clients, options.numStandbyReplicas);
  const stateless = tasks.filter((task) => !task.stateful);
  // What waits counts where it is going to be: else tasks without state would move twice.
  for (const [task, share] of place(stateless, clients, countsOf(targets))) share.active.add(task.id);

  const order = new Map(tasks.map((task) => [task.id, task]));
  const members = new Map<string, MemberTasks>();
  for (const share of clients) for (const [id, given] of overThreads(share, order)) members.set(id, given);
  return { members, waiting: waiting.map((task) => task.id) };
}

/**
 * Gives each task a client, so that loads for each thread are even; those who own tasks keep them, up to their part.
 * @param before tasks each client has beside these
 */
function place(
  tasks: readonly AssignableTask[],
  clients: readonly Share[],
  before: ReadonlyMap<Share, number>,
): Map<AssignableTask, Share> {
  const result = new Map<AssignableTask, Share>();
  const owned = new Map(clients.map((share) => [share, tasks.filter((task) => share.owns(task))]));
  const holders = clients.map((share) => ({
    capacity: share.capacity,
    before: before.get(share) ?? 0,
    owned: owned.get(share)?.length ?? 0,
  }));
  const counts = quotas(tasks.length, holders);
  const room = new Map(clients.map((share, index) => [share, counts[index] ?? 0]));
  const give = (task: AssignableTask, share: Share): void => {
    result.set(task, share);
    share.count(task, 1);
    room.set(share, (room.get(share) ?? 0) - 1);
  };
  for (const share of clients) {
    const mine = (owned.get(share) ?? []).filter((task) => !result.has(task));
    for (const task of mine) give(task, share);
    for (let over = -(room.get(share) ?? 0); over > 0; over--) {
      const task = leastMissed(
        mine.filter((each) => result.get(each) === share),
        mine.filter((each) => result.get(each) !== share),
        share,
        clients,
      );
      if (task === undefined) break;
      result.delete(task);
      share.count(task, -1);
      room.set(share, (room.get(share) ?? 0) + 1);
    }
  }
  // First those with the least choice: of whose stores some client has something.
  const left = tasks.filter((task) => !result.has(task));
  const known = (task: AssignableTask): number => Number(clients.some((share) => share.has(task)));
  for (const task of left.sort((a, b) => known(b) - known(a) || byId(a, b))) {
    const free = clients.filter((share) => (room.get(share) ?? 0) > 0);
    const [best] = free.sort(
      (a, b) =>
        a.lag(task) - b.lag(task) ||
        Number(b.has(task)) - Number(a.has(task)) ||
        a.ofSub(task.subTopology) / a.capacity - b.ofSub(task.subTopology) / b.capacity ||
        (room.get(b) ?? 0) / b.capacity - (room.get(a) ?? 0) / a.capacity,
    );
    if (best !== undefined) give(task, best);
  }
  return result;
}

/**
 * Which to give away first: what another is nearest to taking over, then what leads to other threads than what was given
 * away before, then of what it has most.
 */
function leastMissed(
  tasks: readonly AssignableTask[],
  released: readonly AssignableTask[],
  share: Share,
  clients: readonly Share[],
): AssignableTask | undefined {
  const others = clients.filter((other) => other !== share);
  const near = (task: AssignableTask): number =>
    Math.min(...others.map((other) => (other.has(task) ? other.lag(task) : Infinity)));
  const takers = (task: AssignableTask): string =>
    others.map((other) => other.nearestMember(task)?.memberId ?? '').join();
  const before = released.map(takers);
  const crowd = (task: AssignableTask): number => before.filter((taker) => taker === takers(task)).length;
  return [...tasks].sort((a, b) => {
    const [nearA, nearB] = [near(a), near(b)];
    if (nearA !== nearB) return nearA - nearB;
    return crowd(a) - crowd(b) || share.ofSub(b.subTopology) - share.ofSub(a.subTopology) || byId(b, a);
  })[0];
}

interface Holder {
  readonly capacity: number;
  /** What it has beside the tasks to be shared out. */
  readonly before: number;
  /** Of those tasks, how many it has already. */
  readonly owned: number;
}

/** How many of so many tasks each is to have; where it does not come out even, who has more already gets more. */
function quotas(count: number, holders: readonly Holder[]): number[] {
  const result = holders.map(() => 0);
  const given = (index: number): number => result[index] ?? 0;
  const load = (index: number, { before, capacity }: Holder): number =>
    (given(index) + before + 1) / capacity;
  for (let task = 0; task < count; task++) {
    let [next, least, most] = [0, Infinity, -Infinity];
    for (const [index, holder] of holders.entries()) {
      const loaded = load(index, holder);
      const kept = holder.owned - given(index);
      if (loaded > least || (loaded === least && kept <= most)) continue;
      [next, least, most] = [index, loaded, kept];
    }
    result[next] = given(next) + 1;
  }
  return result;
}

/** Makes tasks active where they are to be, or where their state is until it is there too. @returns those that wait */
function moveStateful(
  tasks: readonly AssignableTask[],
  targets: ReadonlyMap<AssignableTask, Share>,
  clients: readonly Share[],
  acceptableLag: number,
): readonly AssignableTask[] {
  return tasks.filter((task) => {
    const target = targets.get(task);
    if (target === undefined) return false;
    const nearest = clients.reduce((best, share) => (better(share, best, task) ? share : best), target);
    const caughtUp = target.lag(task) <= acceptableLag || target.lag(task) <= nearest.lag(task);
    (caughtUp ? target : nearest).active.add(task.id);
    return !caughtUp;
  });
}

/** Who owns a task stays in front of who has read as far. */
function better(share: Share, than: Share, task: AssignableTask): boolean {
  if (share.lag(task) !== than.lag(task)) return share.lag(task) < than.lag(task);
  return share.owns(task) && !than.owns(task);
}

function warmUp(
  waiting: readonly AssignableTask[],
  targets: ReadonlyMap<AssignableTask, Share>,
  maxWarmupReplicas: number,
): void {
  // Those nearest to being there first, so that each round ends some.
  const lag = (task: AssignableTask): number => targets.get(task)?.lag(task) ?? 0;
  const nearest = [...waiting].sort((a, b) => lag(a) - lag(b) || byId(a, b));
  for (const task of nearest.slice(0, maxWarmupReplicas)) targets.get(task)?.replicas.add(task.id);
}

function addStandbys(tasks: readonly AssignableTask[], clients: readonly Share[], replicas: number): void {
  const load = (share: Share): number => (share.active.size + share.replicas.size) / share.capacity;
  const threads = clients.reduce((sum, { capacity }) => sum + capacity, 0);
  const most = Math.ceil((tasks.length * replicas) / threads);
  for (let replica = 0; replica < replicas; replica++) {
    for (const task of tasks) {
      // A warm-up is one beside these; where there is no other process left, it does for a standby too.
      const free = clients.filter((share) => !share.active.has(task.id) && !share.replicas.has(task.id));
      const [best] = free.sort((a, b) => {
        const full = (share: Share): number => Number(share.replicas.size >= most * share.capacity);
        return full(a) - full(b) || a.lag(task) - b.lag(task) || load(a) - load(b);
      });
      best?.replicas.add(task.id);
    }
  }
}

/**
 * Spreads what a process got over its threads: evenly, each thread keeping what it has, and a task that becomes active
 * going to the thread whose standby it was.
 */
function overThreads(
  { client, active, replicas }: Share,
  order: ReadonlyMap<string, AssignableTask>,
): Map<string, MemberTasks> {
  const members = [...client.members].sort((a, b) => compare(a.memberId, b.memberId));
  const result = new Map(
    members.map(({ memberId }) => [memberId, { active: [] as string[], standby: [] as string[] }]),
  );
  const spread = (tasks: readonly AssignableTask[], kind: 'active' | 'standby'): void => {
    const given = (member: AssignableMember): string[] => result.get(member.memberId)?.[kind] ?? [];
    const nearest = (task: AssignableTask): AssignableMember | undefined => {
      const [first] = [...members].sort((a, b) => attachment(b, task) - attachment(a, task));
      return first !== undefined && attachment(first, task) >= 0 ? first : undefined;
    };
    const owned = new Map<AssignableMember | undefined, number>();
    for (const task of tasks) owned.set(nearest(task), (owned.get(nearest(task)) ?? 0) + 1);
    const holders = members.map((member) => ({
      capacity: 1,
      before: given(member).length,
      owned: owned.get(member) ?? 0,
    }));
    const counts = quotas(tasks.length, holders);
    const room = new Map(members.map((member, index) => [member, counts[index] ?? 0]));
    const give = (task: AssignableTask, member: AssignableMember): void => {
      given(member).push(task.id);
      room.set(member, (room.get(member) ?? 0) - 1);
    };
    const left = tasks.filter((task) => {
      const member = nearest(task);
      if (member === undefined || (room.get(member) ?? 0) <= 0) return true;
      give(task, member);
      return false;
    });
    for (const task of left) {
      const member = members.find((each) => (room.get(each) ?? 0) > 0);
      if (member !== undefined) give(task, member);
    }
  };
  const known = (ids: ReadonlySet<string>): AssignableTask[] =>
    [...ids].flatMap((id) => order.get(id) ?? []).sort(byId);
  // Those with state have more to lose by moving on, so they choose first.
  spread(
    known(active).filter((task) => task.stateful),
    'active',
  );
  spread(
    known(active).filter((task) => !task.stateful),
    'active',
  );
  spread(known(replicas), 'standby');
  return result;
}

function attachment(member: AssignableMember, task: AssignableTask): number {
  return member.active.has(task.id) ? Infinity : (member.offsetSums.get(task.id) ?? -1);
}

function countsOf(targets: ReadonlyMap<AssignableTask, Share>): Map<Share, number> {
  const result = new Map<Share, number>();
  for (const share of targets.values()) result.set(share, (result.get(share) ?? 0) + 1);
  return result;
}

function byId(a: AssignableTask, b: AssignableTask): number {
  return a.subTopology - b.subTopology || partitionOf(a) - partitionOf(b);
}

function partitionOf({ id }: AssignableTask): number {
  return Number(id.slice(id.indexOf('_') + 1));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
