import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { interaction } from '@mesh/contracts';
import type { MskEvent, MskHandler } from '@mesh/service';
import { createTracking, recordedMskEvent, startTestMesh, type TestMesh } from '@mesh/testkit';

const RECORDED = new URL('../fixtures/msk-event.json', import.meta.url);

let mesh: TestMesh;
let event: MskEvent;
let handler: MskHandler;

beforeAll(async () => {
  mesh = await startTestMesh();
  event = await recordedMskEvent(mesh.cloud, RECORDED);
  Object.assign(process.env, mesh.env, {
    LOG_LEVEL: 'silent',
    PERSONALIZE_TRACKING_ID: await createTracking(mesh.cloud.url),
    FUNCTION_MARGIN_MS: '0',
  });
  ({ handler } = await import('./function.js'));
}, 120_000);
afterAll(() => mesh?.stop());

const context = (remainingMs = 30_000) => ({ getRemainingTimeInMillis: () => remainingMs });
const counts = () => mesh.cloud.admin('personalize-events/counts');

describe('the function of interactions-update', () => {
  it('fails within its time while Personalize throttles, and brings no event twice when called again', async () => {
    await mesh.cloud.fault({ service: 'personalize-events', kind: 'throttle' });
    await expect(handler(event, context(500))).rejects.toThrow(/not done from interactions-\d@\d+/);
    await mesh.cloud.calm();
    expect(await handler(event, context())).toEqual({ batchItemFailures: [] });
    expect(await counts()).toMatchObject({ distinctEventIds: 6, duplicates: 0, interactionUsers: 4 });
  });

  it('changes nothing where all of it comes again', async () => {
    await handler(event, context());
    expect(await counts()).toMatchObject({ distinctEventIds: 6, duplicates: 6 });
  });

  it('gives the record that nobody can read to the dead letters, each time it comes', async () => {
    const letters = await mesh.deadLetters(interaction.topic);
    expect(letters.length).toBeGreaterThan(0);
    for (const { value, errors } of letters) {
      expect(value?.toString()).toBe('no frame');
      expect(errors).toMatchObject({ topic: 'interactions', 'connector.name': 'interactions-update' });
    }
  });
});
