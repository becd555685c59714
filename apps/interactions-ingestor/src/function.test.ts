import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { interaction } from '@mesh/contracts';
import type { MskEvent, MskHandler } from '@mesh/service';
import { createDeliveryStream, recordedMskEvent, startTestMesh, type TestMesh } from '@mesh/testkit';

const RECORDED = new URL('../fixtures/msk-event.json', import.meta.url);
const STREAM = 'interactions';

let mesh: TestMesh;
let event: MskEvent;
let handler: MskHandler;

beforeAll(async () => {
  mesh = await startTestMesh();
  event = await recordedMskEvent(mesh.cloud, RECORDED);
  await createDeliveryStream(mesh.cloud.url, STREAM);
  Object.assign(process.env, mesh.env, {
    LOG_LEVEL: 'silent',
    FIREHOSE_DELIVERY_STREAM: STREAM,
    FUNCTION_MARGIN_MS: '0',
    REPORT_BATCH_ITEM_FAILURES: 'true',
  });
  ({ handler } = await import('./function.js'));
}, 120_000);
afterAll(() => mesh?.stop());

const context = (remainingMs = 30_000) => ({ getRemainingTimeInMillis: () => remainingMs });

async function accepted(): Promise<number> {
  const counts = await mesh.cloud.admin('firehose/counts');
  return (counts[STREAM] as { accepted: number } | undefined)?.accepted ?? 0;
}

describe('the function of interactions-ingestor', () => {
  it('says where each partition is to be resumed while Firehose is down', async () => {
    await mesh.cloud.fault({ service: 'firehose', kind: 'error' });
    const { batchItemFailures } = await handler(event, context(500));
    await mesh.cloud.calm();
    // What interactions-2 holds can't be read: that is done, in the dead letters.
    expect(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier.partition).sort()).toEqual([
      'interactions-0',
      'interactions-3',
    ]);
    for (const { itemIdentifier } of batchItemFailures) {
      const offsets = event.records[itemIdentifier.partition]?.map(({ offset }) => offset);
      expect(offsets).toContain(itemIdentifier.offset);
    }
    expect(await accepted()).toBe(0);
  });

  it('sends every record to Firehose, and what nobody can read to the dead letters', async () => {
    expect(await handler(event, context())).toEqual({ batchItemFailures: [] });
    expect(await accepted()).toBe(6);
    const letters = await mesh.deadLetters(interaction.topic);
    expect(letters.map(({ value }) => value?.toString())).toContain('no frame');
  });
});
