import { afterEach, describe, expect, it } from '@jest/globals';
import { partitionFor } from '@mesh/kafka';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { longSerde, QueryableStoreTypes, StateQueryError, StreamsBuilder, stringSerde } from '../index.js';
import { answerQuery, type QueryableTask } from '../runtime/queries/answer.js';
import type { StateQueryRequest, TaskRole } from '../runtime/queries/query.js';
import { createStore } from '../state/create-store.js';
import { uncached } from '../state/uncached.js';
import {
  startQueryService,
  StateQueryClient,
  type Problem,
  type QueryableApplication,
  type QueryServiceOptions,
  type StreamsMetadata,
} from './index.js';

const PARTITIONS = 3;
const { keyValue } = QueryableStoreTypes;
const builder = new StreamsBuilder();
builder.table('in', { key: stringSerde, value: longSerde, store: 'rows' });
const topology = builder.build();
const [spec] = topology.subTopologies[0]?.stores ?? [];
if (spec === undefined) throw new Error('no store');

/** Row `key-<n>` has the value n, in the partition that its key puts it. */
const KEYS = Array.from({ length: 30 }, (_, index) => `key-${index}`);
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

function task(partition: number, role: TaskRole, lag: number): QueryableTask {
  if (spec === undefined) throw new Error('no store');
  const store = createStore({
    spec,
    changelogTopic: 'app-rows-changelog',
    changelog: { write: () => undefined },
    cache: uncached(),
  });
  for (const [index, key] of KEYS.entries()) {
    const bytes = Buffer.from(key);
    if (partitionFor(bytes, PARTITIONS) === partition)
      store.restore(bytes, longSerde.serialize('', index, []), 5);
  }
  const position = { in: { [partition]: 9 } };
  const stores = new Map([['rows', store]]);
  return role === 'active'
    ? { partition, stores, position, role }
    : { partition, stores, position: {}, role, behind: { records: lag, ms: lag * 10 } };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

interface Instance {
  readonly url: string;
  readonly server: string;
  readonly asked: StateQueryRequest[];
  tasks: readonly QueryableTask[];
  close(): Promise<void>;
}

/** Instances of one application, each knowing what `known` says, or else the tasks that there are. */
async function start(
  tasks: readonly (readonly QueryableTask[])[],
  options: Partial<QueryServiceOptions> = {},
  known?: (servers: readonly string[]) => readonly StreamsMetadata[],
): Promise<readonly Instance[]> {
  const instances: Instance[] = [];
  const servers = await Promise.all(tasks.map(async () => `127.0.0.1:${await freePort()}`));
  const names = (all: readonly QueryableTask[], active: boolean): string[] =>
    all.filter(({ role }) => (role === 'active') === active).map(({ partition }) => `0_${partition}`);
  for (const [index, own] of tasks.entries()) {
    const server = servers[index] ?? '';
    const asked: StateQueryRequest[] = [];
    const app: QueryableApplication = {
      applicationId: 'app',
      query: async (request) => {
        asked.push(request);
        return answerQuery(topology, 'app', instances[index]?.tasks ?? [], request);
      },
      stores: () => [{ name: 'rows', type: 'key-value', subTopology: 0, partitions: PARTITIONS }],
      metadataForAllStreamsClients: () =>
        known?.(servers) ??
        instances.map((instance) => ({
          applicationServer: instance.server,
          activeTasks: names(instance.tasks, true),
          standbyTasks: names(instance.tasks, false),
        })),
    };
    const service = await startQueryService(app, { applicationServer: server, ...options });
    closing.push(() => service.close());
    instances.push({ url: `http://${server}`, server, asked, tasks: own, close: () => service.close() });
  }
  return instances;
}

/** Partitions 0 and 2 process on the first, 1 on the second, which also follows 0, 7 records behind. */
const two = () => [
  [task(0, 'active', 0), task(2, 'active', 0)],
  [task(1, 'active', 0), task(0, 'standby', 7)],
];

function keyOf(partition: number): string {
  const key = KEYS.find((candidate) => partitionFor(Buffer.from(candidate), PARTITIONS) === partition);
  if (key === undefined) throw new Error(`no key of partition ${partition}`);
  return key;
}

async function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return fetch(`${url}/query`, { method: 'POST', body: text, headers });
}

const query = (partition: number, rest: object = {}): object => ({
  application: 'app',
  store: 'rows',
  query: { type: 'key', key: Buffer.from(keyOf(partition)).toString('base64') },
  ...rest,
});

async function reasonOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'none',
    (error: unknown) => (error instanceof StateQueryError ? error.reason : error),
  );
}

describe('the query service', () => {
  it('answers for a key from the instance that processes it, whichever is asked, and says so', async () => {
    const [first, second] = await start(two());
    if (first === undefined || second === undefined) throw new Error('no instances');
    for (const { url } of [first, second]) {
      for (const [partition, owner] of [first, second, first].entries()) {
        const response = await post(url, query(partition));
        expect(response.status).toBe(200);
        expect(await response.json()).toMatchObject({
          results: [
            { partition, instance: owner.server, role: 'active', position: { in: { [partition]: 9 } } },
          ],
        });
      }
    }
    const store = new StateQueryClient({ applicationId: 'app', urls: [second.url] }).store(
      'rows',
      keyValue(stringSerde, longSerde),
    );
    for (const [value, key] of KEYS.entries()) expect(await store.get(key)).toEqual({ value, timestamp: 5 });
    expect(await store.get('no such key')).toBeUndefined();
  });

  it('gathers a range from all partitions, in portions', async () => {
    const [first] = await start(two(), { maxResponseBytes: 100 });
    const client = new StateQueryClient({ applicationId: 'app', urls: [first?.url ?? ''] });
    const found = new Map<string, number>();
    for await (const [key, { value }] of client.store('rows', keyValue(stringSerde, longSerde)).all()) {
      expect(found.has(key)).toBe(false);
      found.set(key, value);
    }
    expect(found).toEqual(new Map(KEYS.map((key, index) => [key, index])));
    const [part] = await client.query({ store: 'rows', query: { type: 'range' } });
    // A third of 100 bytes is the partition's: three entries of about 14 reach it.
    expect(part).toMatchObject({ entries: [{}, {}, {}], cursor: expect.any(Uint8Array) });
  });

  it('reads a replica only where the query allows, within its bound, and says how far behind it was', async () => {
    const [first, second] = await start(two());
    if (first === undefined || second === undefined) throw new Error('no instances');
    await first.close();
    closing.splice(0, 1);
    const asked = async (rest: object): Promise<unknown> => (await post(second.url, query(0, rest))).json();
    expect(await asked({})).toMatchObject({ status: 503, partitions: [{ failure: 'UNREACHABLE' }] });
    expect(await asked({ staleness: { maxLag: 6 } })).toMatchObject({ status: 503 });
    expect(await asked({ staleness: { maxLag: 7, maxLagMs: 70 } })).toMatchObject({
      results: [{ role: 'standby', instance: second.server, behind: { records: 7, ms: 70 } }],
    });
  });

  it('asks the next where the first has it no more, as after a rebalance', async () => {
    const all = await start([[], [task(0, 'active', 0)]], {}, (servers) =>
      servers.map((applicationServer) => ({ applicationServer, activeTasks: ['0_0'], standbyTasks: [] })),
    );
    const response = await post(all[0]?.url ?? '', query(0));
    expect(await response.json()).toMatchObject({ results: [{ instance: all[1]?.server, role: 'active' }] });
  });

  it('passes a query on once: two that take each other for its owner answer that it is not there', async () => {
    const [first, second] = await start([[], []], {}, (servers) =>
      servers.map((applicationServer) => ({ applicationServer, activeTasks: ['0_0'], standbyTasks: [] })),
    );
    const response = await post(first?.url ?? '', query(0));
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await response.json()).toMatchObject({ partitions: [{ partition: 0, failure: 'NOT_PRESENT' }] });
    expect([first?.asked.length, second?.asked.length]).toEqual([1, 1]);
  });

  it('asks another where an instance takes too long', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    closing.push(async () => {
      silent.closeAllConnections();
      silent.close();
    });
    const slow = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const [asked] = await start([[], [task(0, 'standby', 1)]], { hopTimeoutMs: 500 }, ([, other = '']) => [
      { applicationServer: slow, activeTasks: ['0_0'], standbyTasks: [] },
      { applicationServer: other, activeTasks: [], standbyTasks: ['0_0'] },
    ]);
    const response = await post(asked?.url ?? '', query(0, { staleness: {} }));
    expect(await response.json()).toMatchObject({ results: [{ role: 'standby' }] });
    expect(await (await post(asked?.url ?? '', query(0))).json()).toMatchObject({
      partitions: [{ failure: 'UNREACHABLE' }],
    });
  });

  it('leaves failed partitions to a caller that wants what there is', async () => {
    const [only] = await start([[task(0, 'active', 0)]]);
    const range = { application: 'app', store: 'rows', query: { type: 'range' } };
    expect((await post(only?.url ?? '', range)).status).toBe(503);
    expect(await (await post(only?.url ?? '', { ...range, partial: true })).json()).toMatchObject({
      results: [{ role: 'active' }, { failure: 'NOT_PRESENT' }, { failure: 'NOT_PRESENT' }],
    });
  });

  it.each([
    ['no JSON', '{', 400],
    ['no query', { application: 'app', store: 'rows' }, 400],
    ['an unknown type', { application: 'app', store: 'rows', query: { type: 'toString' } }, 400],
    ['an unknown field', query(0, { query: { type: 'key', key: '', asOf: 1 } }), 400],
    ['a key that is no base64', query(0, { query: { type: 'key', key: '?' } }), 400],
    ['a type that the store does not answer', query(0, { query: { type: 'windowRange' } }), 400],
    ['a limit above what is answered at once', query(0, { limit: 10_001 }), 400],
    ['a partition that does not exist', query(0, { partitions: [3] }), 404],
    ['a store that does not exist', query(0, { store: 'none' }), 404],
    ['another application', query(0, { application: 'other' }), 404],
    ['a position not reached yet', query(0, { positionBound: { in: { 0: 10 } } }), 503],
  ])('answers %s with a problem', async (_what, body, status) => {
    const [only] = await start([[0, 1, 2].map((partition) => task(partition, 'active', 0))]);
    const response = await post(only?.url ?? '', body);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    const problem = (await response.json()) as Problem;
    expect([response.status, problem.status]).toEqual([status, status]);
    expect(problem.detail).not.toBe('');
    expect(problem.type).toMatch(/^urn:mesh:streams:query:[a-z-]+$/);
  });

  it('is closed once, however often it is closed, and begins only where it can be found', async () => {
    const [instance] = await start(two());
    await instance?.close();
    await instance?.close();
    await expect(fetch(`${instance?.url}/stores`)).rejects.toThrow('fetch failed');
    const nothing = { applicationId: 'app', stores: () => [], metadataForAllStreamsClients: () => [] };
    const app = { ...nothing, query: () => Promise.resolve([]) };
    await expect(startQueryService(app, { applicationServer: 'http://host' })).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: "applicationServer is 'http://host': it takes host:port, without a protocol",
    });
  });

  it('tells what there is to query, and who has it', async () => {
    const [first] = await start(two());
    expect(await (await fetch(`${first?.url}/stores`)).json()).toEqual({
      application: 'app',
      stores: [{ name: 'rows', type: 'key-value', subTopology: 0, partitions: PARTITIONS }],
    });
    const { instances } = (await (await fetch(`${first?.url}/instances`)).json()) as {
      instances: StreamsMetadata[];
    };
    expect(instances.map(({ activeTasks }) => activeTasks)).toEqual([['0_0', '0_2'], ['0_1']]);
    expect((await fetch(`${first?.url}/elsewhere`)).status).toBe(404);
    expect((await fetch(`${first?.url}/query`)).status).toBe(405);
  });

  it('answers whom it is told to, also where the query is passed on', async () => {
    const [first, second] = await start(two(), {
      authorize: ({ headers }) => headers.authorization === 'Bearer secret',
    });
    const urls = [first?.url ?? ''];
    const open = (headers: Record<string, string>) =>
      new StateQueryClient({ applicationId: 'app', urls, headers }).store(
        'rows',
        keyValue(stringSerde, longSerde),
      );
    expect(await reasonOf(open({}).get(keyOf(1)))).toBe('UNREACHABLE');
    expect(second?.asked).toEqual([]);
    expect(await open({ authorization: 'Bearer secret' }).get(keyOf(1))).toBeDefined();
    expect(second?.asked).toHaveLength(1);
  });
});
