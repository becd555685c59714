import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@mesh/jest/until.mjs';
import { createDatasets, startTestCloud, type DatasetField, type TestCloud } from '@mesh/testkit';
import { Outcomes } from '../test/outcomes.js';
import { PersonalizeItemsSink, type PersonalizeItem } from './personalize-items-sink.js';
import { PersonalizeUsersSink, type PersonalizeUser } from './personalize-users-sink.js';
import type { RecordsSinkOptions } from './records-sink.js';

const SERVICE = 'personalize-events';

const field = (name: string, type: DatasetField['type'] = ['null', 'string']) => ({ name, type });
const FIELDS = {
  Users: [field('USER_ID', 'string'), field('COUNTRY')],
  Items: [field('ITEM_ID', 'string'), field('ITEM_TYPE', 'string'), field('CREATION_TIMESTAMP', 'long')],
};

let cloud: TestCloud;
let datasets: { readonly Users: string; readonly Items: string };
let sinks: { close(): Promise<void> }[];

beforeAll(async () => {
  cloud = await startTestCloud();
  datasets = await createDatasets(cloud.url, FIELDS);
});
afterAll(() => cloud.close());
beforeEach(async () => {
  sinks = [];
  await cloud.calm();
});
afterEach(async () => {
  for (const sink of sinks) await sink.close();
});

const optionsFor = (datasetArn: string, options: Partial<RecordsSinkOptions>): RecordsSinkOptions => ({
  datasetArn,
  endpoint: cloud.url,
  region: 'us-east-1',
  lingerMs: 20,
  backoff: { baseMs: 5, maxMs: 50 },
  ...options,
});

function users(options: Partial<RecordsSinkOptions> = {}) {
  const sink = new PersonalizeUsersSink<string>(optionsFor(datasets.Users, options));
  sinks.push(sink);
  return { sink, outcomes: new Outcomes<PersonalizeUser>(sink) };
}

function items(options: Partial<RecordsSinkOptions> = {}) {
  const sink = new PersonalizeItemsSink<string>(optionsFor(datasets.Items, options));
  sinks.push(sink);
  return { sink, outcomes: new Outcomes<PersonalizeItem>(sink) };
}

const user = (userId: string, country: string): PersonalizeUser => ({
  userId,
  properties: JSON.stringify({ country }),
});
const song = (itemId: string, creationTimestamp = 1): PersonalizeItem => ({
  itemId,
  properties: JSON.stringify({ itemType: 'SONG', creationTimestamp }),
});

async function stored(kind: 'user' | 'item'): Promise<Record<string, Record<string, unknown>>> {
  const { records } = await cloud.admin(`${SERVICE}/records`, { kind });
  return records as Record<string, Record<string, unknown>>;
}

describe('the Personalize users sink', () => {
  it('writes up to 10 users a call, the whole state of each', async () => {
    const { sink, outcomes } = users();
    for (let i = 0; i < 25; i += 1) outcomes.write(user(`user-${i}`, 'CH'));
    await sink.flush();
    expect(outcomes.count).toBe(25);
    expect(outcomes.rejected).toEqual({});
    expect(await cloud.calls(SERVICE, 'PutUsers')).toBe(3);
    expect(await stored('user')).toMatchObject({ 'user-0': { COUNTRY: 'CH' }, 'user-24': { COUNTRY: 'CH' } });
    outcomes.write({ userId: 'user-0' });
    await sink.flush();
    expect((await stored('user'))['user-0']).toEqual({});
  });

  it('leaves the last of many states of a user, in fewer calls', async () => {
    const { sink, outcomes } = users();
    for (let i = 0; i < 200; i += 1) outcomes.write(user('restless', `c-${i}`));
    await sink.flush();
    expect(outcomes.count).toBe(200);
    expect((await stored('user'))['restless']).toEqual({ COUNTRY: 'c-199' });
    expect(await cloud.calls(SERVICE, 'PutUsers')).toBe(1);
    expect(sink.metrics()).toContainEqual({
      name: 'sink_superseded_total',
      type: 'counter',
      labels: { sink: 'personalize-users' },
      value: 199,
    });
  });

  it('keeps to the rate of the service by itself', async () => {
    const { sink, outcomes } = users();
    for (let i = 0; i < 150; i += 1) outcomes.write(user(`many-${i}`, 'CH'));
    await sink.flush();
    expect(outcomes.rejected).toEqual({});
    expect(sink.snapshot()).toMatchObject({ calls: 15, throttles: 0, records: 150 });
  });
});

describe('the Personalize items sink', () => {
  it('writes over throttling and outages', async () => {
    await cloud.fault({ service: SERVICE, operation: 'PutItems', kind: 'throttle', count: 3 });
    await cloud.fault({ service: SERVICE, operation: 'PutItems', kind: 'error', count: 2 });
    const { sink, outcomes } = items();
    for (let i = 0; i < 12; i += 1) outcomes.write(song(`song-${i}`));
    await sink.flush();
    expect(outcomes.rejected).toEqual({});
    expect(sink.snapshot()).toMatchObject({ records: 12, retries: 5 });
    expect(sink.snapshot().throttles).toBe(3);
    expect(Object.keys(await stored('item'))).toEqual(expect.arrayContaining(['song-0', 'song-11']));
  });

  it('finds the item that the schema refuses among others, and rejects only that', async () => {
    const { sink, outcomes } = items();
    for (let i = 0; i < 10; i += 1) {
      const properties = '{"itemType":"SONG","creationTimestamp":1,"colour":"blue"}';
      outcomes.write(i === 6 ? { itemId: 'blue', properties } : song(`ten-${i}`));
    }
    await sink.flush();
    expect(outcomes.count).toBe(10);
    expect(outcomes.rejected).toEqual({ 6: 'InvalidInputException' });
    expect(outcomes.ended[6]?.message).toContain('colour');
    const known = await stored('item');
    expect(Object.keys(known).filter((id) => id.startsWith('ten-'))).toHaveLength(9);
    expect(known['blue']).toBeUndefined();
  });

  it('leaves the state before the one that the schema refuses', async () => {
    const { sink, outcomes } = items();
    outcomes.write(song('twice', 7));
    outcomes.write({ itemId: 'twice', properties: '{"itemType":"SONG"}' });
    await sink.flush();
    expect(outcomes.rejected).toEqual({ 1: 'InvalidInputException' });
    expect((await stored('item'))['twice']).toEqual({ ITEM_TYPE: 'SONG', CREATION_TIMESTAMP: 7 });
  });

  it.each([
    ['FIELD_TOO_LONG', 'itemId', { itemId: 'i'.repeat(257) }],
    ['FIELD_MISSING', 'itemId', { itemId: '' }],
    ['FIELD_INVALID', 'properties', { properties: '[]' }],
    ['PROPERTIES_TOO_LONG', 'properties', { properties: JSON.stringify({ itemType: 'x'.repeat(32_000) }) }],
  ])('rejects with %s what no call could write: %s', async (reason, field, overrides) => {
    const { sink, outcomes } = items();
    outcomes.write({ ...song('song-1'), ...overrides });
    expect(outcomes.rejected).toEqual({ 0: reason });
    expect(outcomes.ended[0]?.message).toContain(field);
    await sink.flush();
    expect(await cloud.calls(SERVICE, 'PutItems')).toBe(0);
    expect(sink.snapshot().rejected).toBe(1);
  });

  it('takes the longest properties there may be', async () => {
    const { sink, outcomes } = items();
    const frame = JSON.stringify({ itemType: '', creationTimestamp: 1 }).length;
    const itemType = 'x'.repeat(32_000 - frame);
    outcomes.write({
      itemId: 'i'.repeat(256),
      properties: JSON.stringify({ itemType, creationTimestamp: 1 }),
    });
    await sink.flush();
    expect(outcomes.rejected).toEqual({});
  });

  it.each([
    ['is not there', () => `${datasets.Items}X`],
    ['is one of users', () => datasets.Users],
  ])('drops nothing where the dataset %s, and says so', async (_, datasetArn) => {
    const { sink, outcomes } = items({ datasetArn: datasetArn() });
    outcomes.write(song('waiting'));
    await until('the problem is known', () => sink.problem() !== undefined && sink.snapshot().calls > 2);
    expect(sink.problem()).toContain(datasetArn());
    expect(outcomes.count).toBe(0);
    expect(sink.snapshot()).toMatchObject({ pending: 1, rejected: 0 });
  });
});
