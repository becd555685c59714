import { PersonalizeClient } from '@aws-sdk/client-personalize';
import {
  PersonalizeEventsClient,
  PutEventsCommand,
  PutItemsCommand,
} from '@aws-sdk/client-personalize-events';
import { GetRecommendationsCommand, PersonalizeRuntimeClient } from '@aws-sdk/client-personalize-runtime';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDoublesProcess, type DoublesProcess } from '../../test/doubles-process.js';
import { createCampaign, createDatasets, createTracker } from '../../test/personalize.js';
import { admin, sdkConfig } from '../../test/serve.js';
import { FileJournals } from '../journal/file-journals.js';
import { DataStore } from './data/data-store.js';

let stateDir: string;
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'personalize-'));
});
afterEach(() => rmSync(stateDir, { recursive: true }));

describe('what Personalize answered', () => {
  let doubles: DoublesProcess;
  afterEach(() => doubles.end('SIGTERM'));

  it('is known after kill -9', async () => {
    doubles = await startDoublesProcess({ DOUBLES_STATE_DIR: stateDir });
    let control = new PersonalizeClient(sdkConfig(doubles.url));
    const { group, datasets } = await createDatasets(control, 'music');
    const trackingId = await createTracker(control, group, 'music');
    const campaignArn = await createCampaign(control, group, 'recs', 'aws-user-personalization-v2');
    const properties = '{"itemType":"SONG"}';
    const put = (n: number) =>
      events.send(
        new PutEventsCommand({
          trackingId,
          userId: `user-${n % 5}`,
          sessionId: 's',
          eventList: [
            {
              eventId: `id-${n}`,
              eventType: 'PLAY',
              itemId: `song-${(n * n) % 17}`,
              sentAt: new Date(1_700_000_000_000 + n * 1000),
            },
          ],
        }),
      );
    const recommend = async () =>
      (await runtime.send(new GetRecommendationsCommand({ campaignArn, userId: 'user-1' }))).itemList;
    let events = new PersonalizeEventsClient(sdkConfig(doubles.url));
    let runtime = new PersonalizeRuntimeClient(sdkConfig(doubles.url));
    await events.send(
      new PutItemsCommand({ datasetArn: datasets.Items, items: [{ itemId: 'unheard', properties }] }),
    );
    for (let n = 0; n < 60; n++) await put(n);
    const before = await recommend();
    for (const client of [control, events, runtime]) client.destroy();
    await doubles.end('SIGKILL');

    doubles = await startDoublesProcess({ DOUBLES_STATE_DIR: stateDir });
    control = new PersonalizeClient(sdkConfig(doubles.url));
    events = new PersonalizeEventsClient(sdkConfig(doubles.url));
    runtime = new PersonalizeRuntimeClient(sdkConfig(doubles.url));
    expect(await recommend()).toEqual(before);
    await put(59);
    const { body } = await admin(doubles.url, 'personalize-events/counts');
    expect(body).toMatchObject({
      distinctEventIds: 60,
      events: 60,
      duplicates: 1,
      items: 1,
      interactionUsers: 5,
    });
    for (const client of [control, events, runtime]) client.destroy();
  });
});

describe('a compacted journal', () => {
  it('holds the same data', async () => {
    const group = 'arn:aws:personalize:eu-west-1:123456789012:dataset-group/music';
    const path = join(stateDir, 'journals');
    // So small that it is replaced by a snapshot several times.
    let journals = new FileJournals(path, { compactionBytes: 2_000 });
    let store = new DataStore(journals, 1_000);
    store.change(group, { put: 'item', bulk: true, records: [['song-1', { ITEM_TYPE: 'SONG' }]] });
    store.change(group, { imported: [['u', null, 'PLAY', 'song-9', 1_000]], now: 2_000 });
    let written = 0;
    for (let n = 0; n < 300; n++) {
      const id = `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
      const event = [id, n % 7 === 0 ? 'LIKE' : 'PLAY', `song-${(n * 3) % 11}`, n * 60_000] as const;
      const entry = { events: [event], user: `user-${n % 4}`, now: 1_000_000_000 };
      written += JSON.stringify({ group, entry }).length;
      store.change(group, entry);
      await journals.written();
    }
    const before = store.group(group);
    journals.close();
    expect(statSync(join(path, 'personalize-data.jsonl')).size).toBeLessThan(written);
    journals = new FileJournals(path);
    store = new DataStore(journals, 1_000);
    const after = store.group(group);
    expect(after.counts).toEqual(before.counts);
    expect(after.counts).toMatchObject({ events: 300, imported: 1, distinctEventIds: 300, items: 1 });
    expect([...after.model.forUser('user-2')]).toEqual([...before.model.forUser('user-2')]);
    expect([...after.model.similarTo('song-9')]).toEqual([...before.model.similarTo('song-9')]);
    store.change(group, { imported: [['u', null, 'PLAY', 'song-9', 1_000]], now: 2_000 });
    expect(store.group(group).counts).toMatchObject({ imported: 1 });
    journals.close();
  });
});
