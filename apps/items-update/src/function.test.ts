import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ITEMS_SCHEMA } from '@mesh/personalize';
import type { MskEvent, MskHandler } from '@mesh/service';
import { createDatasets, recordedMskEvent, startTestMesh, type TestMesh } from '@mesh/testkit';

const RECORDED = new URL('../fixtures/msk-event.json', import.meta.url);

let mesh: TestMesh;
let event: MskEvent;
let handler: MskHandler;

beforeAll(async () => {
  mesh = await startTestMesh();
  event = await recordedMskEvent(mesh.cloud, RECORDED);
  const { Items } = await createDatasets(mesh.cloud.url, { Items: ITEMS_SCHEMA.fields });
  Object.assign(process.env, mesh.env, { LOG_LEVEL: 'silent', PERSONALIZE_ITEMS_DATASET_ARN: Items });
  ({ handler } = await import('./function.js'));
}, 120_000);
afterAll(() => mesh?.stop());

const context = { getRemainingTimeInMillis: () => 30_000 };

describe('the function of items-update', () => {
  it('puts songs and episodes as their own events name artist and podcast, and what was deleted as not active', async () => {
    expect(await handler(event, context)).toEqual({ batchItemFailures: [] });
    const { records } = await mesh.cloud.admin('personalize-events/records', { kind: 'item' });
    expect(records).toMatchObject({
      'song-1': { ITEM_TYPE: 'SONG', TITLE: 'Title of song-1', CREATOR: 'Credited', ACTIVE: 'true' },
      'song-2': { ITEM_TYPE: 'SONG', ACTIVE: 'false' },
      'episode-1': { ITEM_TYPE: 'EPISODE', CREATOR: 'Old Publisher', COLLECTION: 'Old Show', ACTIVE: 'true' },
    });
  });
});
