import { describe, expect, it } from '@jest/globals';
import { inputs, JOIN_MS, LONG_GRACE_MS, outputs, WINDOW_MS } from './topology.js';
import { verify, type Fault, type Read } from './verify.js';

type Rows = Readonly<Record<string, readonly Read[]>>;

const START = 100 * WINDOW_MS;

function row(key: string, value: string | null, timestamp = START, partition = 0): Read {
  return { key, value, timestamp, partition };
}

const last = START + 2 * LONG_GRACE_MS;

/** What a run without a fault leaves. */
const sound: Rows = {
  [inputs.clicks]: [
    row('u', 'g:1'),
    row('u', 'g:2', START + WINDOW_MS),
    row('u', 'g:3', START + 3 * WINDOW_MS),
    // After its window and grace: left out for the user, whose partition this is, and not for the group.
    row('u', 'g:4', START + 1),
    row('u', 'h:last', last),
  ],
  [inputs.views]: [row('u', 'v1'), row('u', 'v2', START + 10 * JOIN_MS)],
  [inputs.buys]: [row('u', 'b1', START + JOIN_MS), row('u', 'b2', START - JOIN_MS)],
  [inputs.accounts]: [row('a', 'c:1'), row('a', 'c:2'), row('b', 'c:3'), row('b', null)],
  [inputs.customers]: [row('c', 'x'), row('c', 'y')],
  [outputs.counts]: [row('g', '1'), row('g', '2'), row('g', '3'), row('g', '4'), row('h', '1')],
  [outputs.totals]: [row('g', '2'), row('g', '4'), row('h', '1')],
  [outputs.userWindows]: [START, START + WINDOW_MS, START + 3 * WINDOW_MS].map((start) =>
    row('u', `${start}=1`),
  ),
  [outputs.groupWindows]: [
    row('g', `${START}=2`),
    row('g', `${START + WINDOW_MS}=1`),
    row('g', `${START + 3 * WINDOW_MS}=1`),
  ],
  [outputs.joined]: [row('u', 'v1|b2'), row('u', 'v1|b1')],
  [outputs.enriched]: [
    row('a', 'c:1|x'),
    row('a', 'c:2|x'),
    row('a', 'c:2|y'),
    row('b', 'c:3|x'),
    row('b', null),
  ],
};

function faultsOf(change: (rows: Record<string, Read[]>) => void): Readonly<Record<Fault, number>> {
  const rows = Object.fromEntries(Object.entries(sound).map(([topic, list]) => [topic, [...list]]));
  change(rows);
  return verify(new Map(Object.entries(rows))).faults;
}

function drop(topic: string, at: number): (rows: Record<string, Read[]>) => void {
  return (rows) => rows[topic]?.splice(at, 1);
}

function repeat(topic: string, at: number): (rows: Record<string, Read[]>) => void {
  return (rows) => {
    const list = rows[topic] ?? [];
    const again = list[at];
    if (again !== undefined) list.splice(at, 0, again);
  };
}

function swap(topic: string, at: number): (rows: Record<string, Read[]>) => void {
  return (rows) => {
    const list = rows[topic] ?? [];
    list.splice(at, 2, ...list.slice(at, at + 2).reverse());
  };
}

const none = { lost: 0, duplicated: 0, unexpected: 0, reordered: 0 };

describe('the verifier', () => {
  it('finds nothing in what a run without faults leaves', () => {
    expect(faultsOf(() => undefined)).toEqual(none);
  });

  it.each([
    [outputs.counts, 1],
    [outputs.counts, 3],
    [outputs.totals, 2],
    [outputs.userWindows, 1],
    [outputs.groupWindows, 0],
    [outputs.joined, 0],
    [outputs.enriched, 2],
  ])('misses what is not in %s (%i)', (topic, at) => {
    expect(faultsOf(drop(topic, at))).toEqual({ ...none, lost: 1 });
  });

  it.each([
    [outputs.counts, 1],
    [outputs.totals, 1],
    [outputs.userWindows, 2],
    [outputs.groupWindows, 0],
    [outputs.joined, 1],
  ])('sees what is twice in %s (%i)', (topic, at) => {
    expect(faultsOf(repeat(topic, at))).toEqual({ ...none, duplicated: 1 });
  });

  it('sees a result of tables that comes again after another', () => {
    const again = (rows: Record<string, Read[]>): void => {
      rows[outputs.enriched]?.splice(2, 0, row('a', 'c:1|x'));
    };
    expect(faultsOf(again)).toEqual({ ...none, duplicated: 1 });
  });

  it('takes a result of tables that is repeated at once', () => {
    expect(faultsOf(repeat(outputs.enriched, 0))).toEqual(none);
  });

  it.each([
    [outputs.userWindows, 0],
    [outputs.groupWindows, 1],
    [outputs.enriched, 0],
  ])('sees what is out of order in %s (%i)', (topic, at) => {
    expect(faultsOf(swap(topic, at)).reordered).toBe(1);
  });

  it('sees results of records that are not in the inputs', () => {
    expect(faultsOf((rows) => rows[outputs.joined]?.push(row('u', 'v9|b9'))).unexpected).toBe(1);
    expect(faultsOf((rows) => rows[outputs.enriched]?.unshift(row('a', 'c:9|x'))).unexpected).toBe(1);
    expect(faultsOf((rows) => rows[outputs.counts]?.push(row('nobody', '1'))).unexpected).toBe(1);
    expect(faultsOf((rows) => rows[outputs.userWindows]?.push(row('u', '0=1'))).unexpected).toBe(1);
  });

  it('sees a count that is none', () => {
    expect(faultsOf((rows) => rows[outputs.totals]?.push(row('g', '\0\0')))).toEqual({
      ...none,
      unexpected: 1,
    });
  });

  it('sees a window that goes on once more with another count', () => {
    expect(faultsOf((rows) => rows[outputs.groupWindows]?.splice(1, 0, row('g', `${START}=3`)))).toEqual({
      ...none,
      unexpected: 1,
    });
  });
});
