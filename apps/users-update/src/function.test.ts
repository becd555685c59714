import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { USERS_SCHEMA } from '@mesh/personalize';
import type { MskEvent, MskHandler } from '@mesh/service';
import { createDatasets, recordedMskEvent, startTestMesh, type TestMesh } from '@mesh/testkit';

const RECORDED = new URL('../fixtures/msk-event.json', import.meta.url);

let mesh: TestMesh;
let event: MskEvent;
let handler: MskHandler;

beforeAll(async () => {
  mesh = await startTestMesh();
  event = await recordedMskEvent(mesh.cloud, RECORDED);
  const { Users } = await createDatasets(mesh.cloud.url, { Users: USERS_SCHEMA.fields });
  Object.assign(process.env, mesh.env, {
    LOG_LEVEL: 'silent',
    PERSONALIZE_USERS_DATASET_ARN: Users,
    FUNCTION_MARGIN_MS: '0',
  });
  ({ handler } = await import('./function.js'));
}, 120_000);
afterAll(() => mesh?.stop());

const context = (remainingMs = 30_000) => ({ getRemainingTimeInMillis: () => remainingMs });

async function stored(): Promise<unknown> {
  return (await mesh.cloud.admin('personalize-events/records', { kind: 'user' }))['records'];
}

const expected = {
  'user-1': { COUNTRY: 'DE', PLAN: 'PREMIUM' },
  'user-2': {},
  'user-3': { COUNTRY: 'FR', PLAN: 'PREMIUM' },
};

describe('the function of users-update', () => {
  it('leaves the last state of each user, tombstones included, over a first call that ran out of time', async () => {
    await mesh.cloud.fault({ service: 'personalize-events', kind: 'latency', latencyMs: 2_000, count: 1 });
    await expect(handler(event, context(400))).rejects.toThrow(/not done from users-\d@\d+/);
    await mesh.cloud.calm();
    expect(await handler(event, context())).toEqual({ batchItemFailures: [] });
    expect(await stored()).toEqual(expected);
  });

  it('leaves the same where all of it comes again', async () => {
    await handler(event, context());
    expect(await stored()).toEqual(expected);
  });
});
