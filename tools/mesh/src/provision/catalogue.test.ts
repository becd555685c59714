import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { events } from '@mesh/contracts';
import { until } from '@mesh/jest/until.mjs';
import { startTestCloud, type TestCloud } from '@mesh/testkit';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { localClient } from './aws.js';
import { provisionCatalogue, rawDatabase, tellCatalogue, type CatalogueEnvironment } from './catalogue.js';

let cloud: TestCloud;
let aws: string;
let environment: CatalogueEnvironment;

beforeAll(async () => {
  cloud = await startTestCloud({ moto: true });
  aws = cloud.moto?.url ?? '';
  environment = await provisionCatalogue({ aws, doubles: cloud.url });
}, 60_000);

afterAll(() => cloud.close());

describe('the catalogue of the local mesh', () => {
  it('is provisioned again as it is', async () => {
    expect(await provisionCatalogue({ aws, doubles: cloud.url })).toEqual(environment);
  });

  it('is told of the raw data and of every contract, through EventBridge', async () => {
    await tellCatalogue(aws);
    const sqs = new SQSClient(localClient(aws));
    const told: string[] = [];
    await until('all events are in the queue', async () => {
      const QueueUrl = environment.CATALOG_QUEUE_URL;
      const { Messages: messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
      );
      for (const { Body: body = '', ReceiptHandle } of messages) {
        const { detail } = JSON.parse(body) as {
          detail: { databaseName?: string; requestParameters?: { schemaId: { schemaName: string } } };
        };
        told.push(detail.databaseName ?? detail.requestParameters?.schemaId.schemaName ?? body);
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      }
      return told.length === events.length + 1;
    });
    sqs.destroy();
    expect(told.sort()).toEqual([rawDatabase, ...events.map(({ schemaName }) => schemaName)].sort());
  });
});
