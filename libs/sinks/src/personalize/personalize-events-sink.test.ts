import { PersonalizeClient } from '@aws-sdk/client-personalize';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@mesh/jest/until.mjs';
import { randomUUID } from 'node:crypto';
import {
  createDataset,
  createDatasetGroup,
  createEventTracker,
  createTracking,
  interactionFields,
  startTestCloud,
  type TestCloud,
} from '@mesh/testkit';
import { Outcomes } from '../test/outcomes.js';
import type { PersonalizeEvent } from './event.js';
import { PersonalizeEventsSink, type PersonalizeEventsSinkOptions } from './personalize-events-sink.js';

const SERVICE = 'personalize-events';

let cloud: TestCloud;
let trackingId: string;
let sinks: PersonalizeEventsSink[];

beforeAll(async () => {
  cloud = await startTestCloud();
  trackingId = await createTracking(cloud.url);
});
afterAll(() => cloud.close());
beforeEach(async () => {
  sinks = [];
  await cloud.calm();
});
afterEach(async () => {
  for (const sink of sinks) await sink.close();
});

function start(options: Partial<PersonalizeEventsSinkOptions> = {}) {
  const sink = new PersonalizeEventsSink<string>({
    trackingId,
    endpoint: cloud.url,
    region: 'us-east-1',
    lingerMs: 20,
    backoff: { baseMs: 5, maxMs: 50 },
    ...options,
  });
  sinks.push(sink);
  return { sink, outcomes: new Outcomes<PersonalizeEvent>(sink) };
}

function event(overrides: Partial<PersonalizeEvent> = {}): PersonalizeEvent {
  return {
    userId: 'user-1',
    sessionId: 'session-1',
    eventId: randomUUID(),
    eventType: 'play',
    itemId: 'song-1',
    sentAt: Date.UTC(2026, 0, 5),
    properties: '{"itemType":"SONG"}',
    ...overrides,
  };
}

/** 400 events of 20 users. */
const manyEvents = (): PersonalizeEvent[] =>
  Array.from({ length: 400 }, (_, i) => event({ userId: `user-${i % 20}`, sessionId: `session-${i % 20}` }));

async function counts(): Promise<{ distinctEventIds: number; duplicates: number }> {
  return (await cloud.admin(`${SERVICE}/counts`)) as { distinctEventIds: number; duplicates: number };
}

describe('the Personalize events sink', () => {
  it('sends events of one user and session together, up to 10 a call', async () => {
    const before = await counts();
    const { sink, outcomes } = start();
    for (let i = 0; i < 25; i += 1) outcomes.write(event());
    for (let i = 0; i < 3; i += 1) outcomes.write(event({ sessionId: 'session-2' }));
    await sink.flush();
    expect(outcomes.count).toBe(28);
    expect(outcomes.rejected).toEqual({});
    expect(await cloud.calls(SERVICE, 'PutEvents')).toBe(4);
    expect((await counts()).distinctEventIds - before.distinctEventIds).toBe(28);
    expect(sink.snapshot()).toMatchObject({ calls: 4, records: 28, retries: 0, pending: 0 });
  });

  it('has one effect for an event that is written twice', async () => {
    const before = await counts();
    const { sink, outcomes } = start();
    const once = event();
    outcomes.write(once);
    await sink.flush();
    outcomes.write(once);
    await sink.flush();
    const after = await counts();
    expect(outcomes.rejected).toEqual({});
    expect(after.distinctEventIds - before.distinctEventIds).toBe(1);
    expect(after.duplicates - before.duplicates).toBe(1);
  });

  it.each([
    ['throttling', { kind: 'throttle', rate: 0.5 }],
    ['server errors', { kind: 'error', rate: 0.5 }],
    ['server errors after the effect', { kind: 'error', rate: 0.5, when: 'after' }],
    ['cut connections', { kind: 'disconnect', rate: 0.3 }],
    ['cut connections after the effect', { kind: 'disconnect', rate: 0.3, when: 'after' }],
  ])('writes every event once, under %s', async (_name, fault) => {
    const before = await counts();
    await cloud.fault({ service: SERVICE, ...fault });
    const { sink, outcomes } = start();
    for (const each of manyEvents()) outcomes.write(each);
    await sink.flush();
    expect(outcomes.count).toBe(400);
    expect(outcomes.rejected).toEqual({});
    expect((await counts()).distinctEventIds - before.distinctEventIds).toBe(400);
    expect(sink.snapshot().retries).toBeGreaterThan(0);
    expect(sink.snapshot().throttles > 0).toBe(fault.kind === 'throttle');
  });

  it('gives up a call that takes too long, and makes it again', async () => {
    await cloud.fault({ service: SERVICE, kind: 'latency', latencyMs: 3_000, count: 1 });
    const { sink, outcomes } = start({ requestTimeoutMs: 100 });
    outcomes.write(event());
    await sink.flush();
    expect(outcomes.rejected).toEqual({});
    expect(sink.snapshot()).toMatchObject({ calls: 2, records: 1, retries: 1 });
  });

  it('finds the record that the service refuses among others, and rejects only that', async () => {
    const before = await counts();
    const { sink, outcomes } = start();
    for (let i = 0; i < 10; i += 1)
      outcomes.write(i === 6 ? event({ properties: '{"colour":"blue"}' }) : event());
    await sink.flush();
    expect(outcomes.count).toBe(10);
    expect(outcomes.rejected).toEqual({ 6: 'InvalidInputException' });
    expect(outcomes.ended[6]?.message).toContain('colour');
    expect((await counts()).distinctEventIds - before.distinctEventIds).toBe(9);
  });

  it.each([
    ['FIELD_TOO_LONG', 'userId', { userId: 'u'.repeat(257) }],
    ['FIELD_TOO_LONG', 'itemId', { itemId: 'i'.repeat(257) }],
    ['FIELD_MISSING', 'sessionId', { sessionId: '' }],
    ['FIELD_MISSING', 'eventId', { eventId: '' }],
    ['FIELD_INVALID', 'sentAt', { sentAt: Number.NaN }],
    ['FIELD_INVALID', 'eventValue', { eventValue: Number.POSITIVE_INFINITY }],
    ['FIELD_INVALID', 'properties', { properties: '{' }],
    ['FIELD_INVALID', 'properties', { properties: '[]' }],
    ['PROPERTIES_TOO_LONG', 'properties', { properties: JSON.stringify({ itemType: 'x'.repeat(1_024) }) }],
  ])('rejects with %s what no call could write: %s', async (reason, field, overrides) => {
    const { sink, outcomes } = start();
    outcomes.write(event(overrides));
    expect(outcomes.rejected).toEqual({ 0: reason });
    expect(outcomes.ended[0]?.message).toContain(field);
    await sink.flush();
    expect(await cloud.calls(SERVICE, 'PutEvents')).toBe(0);
    expect(sink.snapshot().rejected).toBe(1);
  });

  it('takes what is just within the limits', async () => {
    const { sink, outcomes } = start();
    const frame = JSON.stringify({ itemType: '' }).length;
    const properties = JSON.stringify({ itemType: 'x'.repeat(1_024 - frame) });
    outcomes.write(event({ userId: 'u'.repeat(256), itemId: 'i'.repeat(256), properties }));
    await sink.flush();
    expect(outcomes.rejected).toEqual({});
  });

  it('drops nothing for a tracker that is not there, and says so', async () => {
    const { sink, outcomes } = start({ trackingId: 'no-such-tracker' });
    outcomes.write(event());
    outcomes.write(event());
    await until('the problem is known', () => sink.problem() !== undefined && sink.snapshot().calls > 3);
    expect(sink.problem()).toContain('no-such-tracker');
    expect(outcomes.count).toBe(0);
    expect(sink.snapshot()).toMatchObject({ pending: 2, rejected: 0 });
  });

  it('drops nothing for a tracker without a dataset behind it, and goes on when there is one', async () => {
    const client = new PersonalizeClient({ endpoint: cloud.url });
    const group = await createDatasetGroup(client, 'bare');
    const { sink, outcomes } = start({ trackingId: await createEventTracker(client, group) });
    outcomes.write(event());
    outcomes.write(event());
    await until('the problem is known', () => sink.problem() !== undefined && sink.snapshot().calls > 3);
    expect(sink.problem()).toContain('no dataset');
    expect(sink.snapshot()).toMatchObject({ pending: 2, rejected: 0 });
    await createDataset(client, group, 'Interactions', interactionFields, 'bare');
    client.destroy();
    await sink.flush();
    expect(outcomes.rejected).toEqual({});
    expect(outcomes.count).toBe(2);
    expect(sink.problem()).toBeUndefined();
  });

  it('drops nothing where access is denied, and goes on when it is granted', async () => {
    await cloud.fault({ service: SERVICE, kind: 'error', code: 'AccessDeniedException' });
    const { sink, outcomes } = start();
    outcomes.write(event());
    await until('the problem is known', () => sink.problem()?.includes('AccessDeniedException') === true);
    expect(outcomes.count).toBe(0);
    await cloud.calm();
    await sink.flush();
    expect(outcomes.rejected).toEqual({});
    expect(outcomes.count).toBe(1);
    expect(sink.problem()).toBeUndefined();
  });
});
