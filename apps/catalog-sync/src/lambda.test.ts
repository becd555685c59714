import { catalogueState, sampleEvents } from '@mesh/catalog/testing';
import { until } from '@mesh/jest/until.mjs';
import { type TestCloud } from '@mesh/testkit';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { handler } from './lambda.js';
import { Scene, startCloud } from './test/queues.js';

let cloud: TestCloud;
let scene: Scene;
let environment: NodeJS.ProcessEnv;

beforeAll(async () => {
  cloud = await startCloud();
  scene = await Scene.create(cloud);
  environment = process.env;
  // The function is set up once, as in its runtime.
  process.env = { ...environment, ...scene.environment, LOG_LEVEL: 'silent' };
}, 60_000);

afterAll(async () => {
  process.env = environment;
  scene.close();
  await cloud.close();
});

/** A batch as Lambda hands it over. */
const batch = (...bodies: readonly { body: string; receives?: number; receipt?: string }[]) => ({
  Records: bodies.map(({ body, receives = 1, receipt = 'none' }, i) => ({
    messageId: `message-${i}`,
    receiptHandle: receipt,
    body,
    attributes: {
      ApproximateReceiveCount: String(receives),
      SentTimestamp: '1767323045000',
      SenderId: 'AIDA',
      ApproximateFirstReceiveTimestamp: '1767323045001',
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:123456789012:catalog-events',
    awsRegion: 'us-east-1',
  })),
});

describe('the function', () => {
  it('does a batch, and reports no message that is done or dead', async () => {
    await scene.world.createTable('plays');
    await scene.world.registerSchema('songs.song', ['songId']);
    const answer = await handler(
      batch(
        { body: sampleEvents.databaseChanged(scene.world.database, 'CreateTable', ['plays']) },
        { body: 'hello' },
        { body: sampleEvents.schemaCreated(scene.world.registry, 'songs.song') },
      ),
    );
    expect(answer).toEqual({ batchItemFailures: [] });
    expect((await catalogueState(scene.world)).assets.map(({ name }) => name)).toEqual(['plays', 'songs']);
    expect(await scene.deadLetters()).toMatchObject([
      { body: 'hello', reason: 'MESH_CATALOG_EVENT_INVALID' },
    ]);
  });

  it('reports what is to be tried again, and does it the next time, once', async () => {
    await scene.world.registerSchema('users.user', ['userId']);
    const event = { body: sampleEvents.schemaCreated(scene.world.registry, 'users.user') };
    const fault = { kind: 'error', code: 'InternalServerException', operation: 'CreateListingChangeSet' };
    await cloud.fault({ service: 'datazone', ...fault, count: 4 });
    await scene.send(event.body);
    const receipt = await scene.take();
    expect(await handler(batch({ ...event, receipt }))).toEqual({
      batchItemFailures: [{ itemIdentifier: 'message-0' }],
    });
    // Not after the ten minutes for which it was taken.
    await until('the message is there again', async () => (await scene.waiting()) === 1);
    expect(await handler(batch({ ...event, receives: 2 }))).toEqual({ batchItemFailures: [] });
    const { assets } = await catalogueState(scene.world);
    expect(assets.filter(({ name }) => name === 'users')).toMatchObject([
      { listing: 'ACTIVE 1', revisions: [expect.any(String)] },
    ]);
  });
});
