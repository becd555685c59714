import { FirehoseClient, PutRecordBatchCommand } from '@aws-sdk/client-firehose';
import { PersonalizeEventsClient, PutEventsCommand } from '@aws-sdk/client-personalize-events';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { admin, sdkConfig, serve } from '../../test/serve.js';
import type { DoublesServer } from './server.js';
import type { Call } from './types.js';

let server: DoublesServer;
let firehose: FirehoseClient;
let events: PersonalizeEventsClient;
let effects = 0;

beforeAll(async () => {
  server = await serve([
    {
      service: 'firehose',
      operations: {
        PutRecordBatch: (input: { Records: object[] }, call: Call) => {
          effects++;
          const failed = call.partialFaults(input.Records.length);
          return {
            FailedPutCount: failed.size,
            RequestResponses: input.Records.map((_, i) => {
              const fault = failed.get(i);
              return fault === undefined
                ? { RecordId: 'r' }
                : { ErrorCode: fault.code, ErrorMessage: fault.message };
            }),
          };
        },
      },
    },
    {
      service: 'personalize-events',
      operations: {
        PutEvents: () => {
          effects++;
          return {};
        },
      },
      admin: { effects: () => ({ effects }), fail: () => Promise.reject(new Error('as asked')) },
    },
  ]);
  firehose = new FirehoseClient(sdkConfig(server.url));
  events = new PersonalizeEventsClient(sdkConfig(server.url));
});

afterAll(async () => {
  firehose.destroy();
  events.destroy();
  await server.close();
});

beforeEach(async () => {
  effects = 0;
  await admin(server.url, 'faults', undefined, 'DELETE');
  await admin(server.url, 'reset-stats');
});

const putRecords = (count = 1) =>
  firehose.send(
    new PutRecordBatchCommand({
      DeliveryStreamName: 's',
      Records: Array.from({ length: count }, () => ({ Data: Buffer.from('x') })),
    }),
  );
const putEvents = () =>
  events.send(
    new PutEventsCommand({
      trackingId: 't',
      sessionId: 's',
      eventList: [{ eventType: 'PLAY', sentAt: new Date() }],
    }),
  );
const inject = (fault: object) => admin(server.url, 'faults', fault);
/** What became of calls made one after the other. */
async function outcomes(times: number, call: () => Promise<unknown>): Promise<string[]> {
  const names: string[] = [];
  for (let i = 0; i < times; i++) {
    names.push(
      await call().then(
        () => 'ok',
        (error: unknown) => (error as Error).name,
      ),
    );
  }
  return names;
}

describe('injected faults', () => {
  it('throttle a number of calls, as each service does it, without an effect', async () => {
    await inject({ service: 'firehose', kind: 'throttle', count: 2 });
    await inject({ service: 'personalize-events', operation: 'PutEvents', kind: 'throttle', count: 1 });
    expect(await outcomes(3, putRecords)).toEqual([
      'ServiceUnavailableException',
      'ServiceUnavailableException',
      'ok',
    ]);
    expect(await outcomes(2, putEvents)).toEqual(['ThrottlingException', 'ok']);
    expect(effects).toBe(2);
  });

  it('hit the other operations of the service only where asked', async () => {
    await inject({ service: 'firehose', operation: 'PutRecord', kind: 'throttle' });
    expect(await outcomes(2, putRecords)).toEqual(['ok', 'ok']);
  });

  it('pass over operations that do not have the error', async () => {
    await inject({ service: 'personalize-events', kind: 'error', code: 'ResourceInUseException' });
    expect(await outcomes(2, putEvents)).toEqual(['ok', 'ok']);
  });

  it('hit a share of calls', async () => {
    await inject({ service: 'personalize-events', kind: 'throttle', rate: 0.3 });
    const hit = (await outcomes(200, putEvents)).filter((name) => name !== 'ok').length;
    expect(hit).toBeGreaterThan(30);
    expect(hit).toBeLessThan(90);
  });

  it('answer a chosen error before or after the effect', async () => {
    const fault = { service: 'firehose', operation: 'PutRecordBatch', kind: 'error', count: 1 };
    await inject({ ...fault, code: 'ResourceNotFoundException', message: 'gone' });
    await expect(putRecords()).rejects.toMatchObject({ name: 'ResourceNotFoundException', message: 'gone' });
    expect(effects).toBe(0);
    await inject({ ...fault, when: 'after' });
    await expect(putRecords()).rejects.toMatchObject({
      name: 'InternalFailure',
      $metadata: { httpStatusCode: 500 },
    });
    expect(effects).toBe(1);
  });

  it('close the connection, with the effect had', async () => {
    await inject({ service: 'firehose', kind: 'disconnect', when: 'after', count: 1 });
    const name = (await outcomes(1, putRecords))[0];
    expect(name).not.toBe('ok');
    expect(effects).toBe(1);
    expect(await outcomes(1, putRecords)).toEqual(['ok']);
  });

  it('hold answers back', async () => {
    await inject({ service: 'firehose', kind: 'latency', latencyMs: 1000, count: 1 });
    const order: string[] = [];
    await Promise.all([
      putRecords().then(() => order.push('late')),
      putEvents().then(() => order.push('other service')),
    ]);
    expect(order).toEqual(['other service', 'late']);
  });

  it('fail entries of a batch, by number or share', async () => {
    await inject({ service: 'firehose', kind: 'partial', count: 3, message: 'not now' });
    const first = await putRecords(2);
    expect(first).toMatchObject({ FailedPutCount: 2 });
    expect(first.RequestResponses?.[1]).toMatchObject({
      ErrorCode: 'ServiceUnavailableException',
      ErrorMessage: 'not now',
    });
    expect(await putRecords(2)).toMatchObject({ FailedPutCount: 1 });
    expect(await putRecords(2)).toMatchObject({ FailedPutCount: 0 });
    await inject({ service: 'firehose', kind: 'partial', rate: 0.5 });
    const { FailedPutCount: failed } = await putRecords(400);
    expect(failed).toBeGreaterThan(120);
    expect(failed).toBeLessThan(280);
  });

  it('are listed and ended one by one', async () => {
    const { body } = await inject({ service: 'firehose', kind: 'throttle', count: 5 });
    await inject({ service: 'personalize-events', kind: 'throttle' });
    await outcomes(1, putRecords);
    const listed = await admin(server.url, 'faults', undefined, 'GET');
    expect(listed.body).toMatchObject({
      faults: [
        { id: body['id'], hits: 1, left: 4 },
        { hits: 0, left: null },
      ],
    });
    await admin(server.url, `faults?id=${String(body['id'])}`, undefined, 'DELETE');
    expect(await outcomes(1, putRecords)).toEqual(['ok']);
    expect(await outcomes(1, putEvents)).toEqual(['ThrottlingException']);
  });

  it.each<[object, string]>([
    [{ service: 'sqs', kind: 'throttle' }, 'service must be one of firehose, personalize-events'],
    [{ service: 'firehose', kind: 'rain' }, 'kind must be one of'],
    [{ service: 'firehose', operation: 'MakeTea', kind: 'throttle' }, 'firehose has no operation "MakeTea"'],
    [{ service: 'firehose', kind: 'throttle', rate: 2 }, 'rate must be a number from 0 to 1'],
    [{ service: 'firehose', kind: 'throttle', count: 0 }, 'count must be a whole number above 0'],
    [{ service: 'firehose', kind: 'latency' }, 'latencyMs must be a number'],
    [{ service: 'firehose', kind: 'error', when: 'never' }, 'when must be before or after'],
    [
      { service: 'firehose', kind: 'error', code: 'TeapotException' },
      'firehose does not answer with "TeapotException"',
    ],
    [
      {
        service: 'personalize-events',
        operation: 'PutEvents',
        kind: 'error',
        code: 'ResourceInUseException',
      },
      'PutEvents does not answer with "ResourceInUseException"',
    ],
  ])('are refused when they are wrong: %j', async (fault, text) => {
    expect(await inject(fault)).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining(text) },
    });
  });
});

describe('counts', () => {
  it('of calls, errors, throttles and bytes, per service and operation', async () => {
    await inject({ service: 'firehose', kind: 'throttle', count: 1 });
    await outcomes(3, putRecords);
    await inject({ service: 'personalize-events', kind: 'error', code: 'InvalidInputException', count: 1 });
    await outcomes(2, putEvents);
    const { body } = await admin(server.url, 'stats', undefined, 'GET');
    expect(body).toEqual({
      since: expect.any(Number),
      services: {
        firehose: {
          PutRecordBatch: {
            calls: 3,
            errors: 1,
            throttles: 1,
            bytesIn: expect.any(Number),
            bytesOut: expect.any(Number),
            errorsByCode: { ServiceUnavailableException: 1 },
          },
        },
        'personalize-events': {
          PutEvents: expect.objectContaining({
            calls: 2,
            errors: 1,
            throttles: 0,
            errorsByCode: { InvalidInputException: 1 },
          }),
        },
      },
    });
    await admin(server.url, 'reset-stats');
    expect((await admin(server.url, 'stats', undefined, 'GET')).body).toMatchObject({ services: {} });
  });
});

describe("a double's own admin", () => {
  it('is run, and its failure told', async () => {
    await putEvents();
    expect(await admin(server.url, 'personalize-events/effects')).toEqual({
      status: 200,
      body: { effects: 1 },
    });
    expect(await admin(server.url, 'personalize-events/fail')).toMatchObject({
      status: 500,
      body: { message: 'as asked' },
    });
    expect(await admin(server.url, 'personalize-events/toString')).toMatchObject({ status: 404 });
    expect(await admin(server.url, 'nothing')).toMatchObject({ status: 404 });
  });
});
