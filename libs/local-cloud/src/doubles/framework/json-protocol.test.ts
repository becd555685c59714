import { FirehoseClient, PutRecordBatchCommand, PutRecordCommand } from '@aws-sdk/client-firehose';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { rawCall, sdkConfig, serve } from '../../test/serve.js';
import type { DoublesServer } from './server.js';
import { ModelledError } from './types.js';

/** A Firehose of one answer, to see the framework and nothing else. */
let answer: (input: Record<string, unknown>) => object | Promise<object> = () => ({ RecordId: 'r' });
let server: DoublesServer;
let client: FirehoseClient;
const logged: string[] = [];

beforeAll(async () => {
  const operations = { PutRecord: (input: object) => answer(input as Record<string, unknown>) };
  const double = { service: 'firehose', operations: { ...operations, PutRecordBatch: operations.PutRecord } };
  server = await serve([double], { log: (message) => logged.push(message) });
  client = new FirehoseClient(sdkConfig(server.url));
});

afterAll(async () => {
  client.destroy();
  await server.close();
});

const put = (name: string, data: Uint8Array = Buffer.from('x')) =>
  client.send(new PutRecordCommand({ DeliveryStreamName: name, Record: { Data: data } }));

describe('a json 1.1 service', () => {
  it('hands over what the SDK sent, blobs as bytes, and the answer back', async () => {
    const seen: unknown[] = [];
    answer = (input) => {
      seen.push(input);
      return { RecordId: 'r-1', Encrypted: false };
    };
    const output = await put('events', Buffer.from([0, 255, 10]));
    expect(output).toMatchObject({ RecordId: 'r-1', Encrypted: false });
    expect(output.$metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(seen).toEqual([{ DeliveryStreamName: 'events', Record: { Data: Buffer.from([0, 255, 10]) } }]);
  });

  it.each([
    ['', 'Member must have length greater than or equal to 1'],
    ['n'.repeat(65), 'Member must have length less than or equal to 64'],
    ['no spaces', 'Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+'],
  ])('refuses the name "%s"', async (name, constraint) => {
    answer = () => ({ RecordId: 'r' });
    await expect(put(name)).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining(`at 'deliveryStreamName' failed to satisfy constraint: ${constraint}`),
      $metadata: { httpStatusCode: 400 },
    });
  });

  it('matches a pattern against the whole value, though a line of it would do', async () => {
    await expect(put('events\n')).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('counts list entries and says which entry is wrong', async () => {
    answer = () => ({ FailedPutCount: 0, RequestResponses: [{ RecordId: 'r' }] });
    const batch = (records: { Data: Uint8Array }[]) =>
      client.send(new PutRecordBatchCommand({ DeliveryStreamName: 's', Records: records }));
    const record = { Data: Buffer.from('x') };
    await expect(batch(Array.from({ length: 500 }, () => record))).resolves.toMatchObject({
      FailedPutCount: 0,
    });
    await expect(batch(Array.from({ length: 501 }, () => record))).rejects.toMatchObject({
      message: expect.stringContaining(
        "at 'records' failed to satisfy constraint: Member must have length less",
      ),
    });
    await expect(batch([record, { Data: Buffer.alloc(1_024_001) }])).rejects.toMatchObject({
      message: expect.stringContaining("at 'records.2.member.data'"),
    });
  });

  it('counts characters outside of the basic plane once', async () => {
    // 64 letters of two UTF-16 units are not too long; that they are no letters of the pattern is said.
    await expect(put('\u{1d538}'.repeat(64))).rejects.toMatchObject({
      message: expect.stringMatching(/^1 validation error detected: .*regular expression pattern/),
    });
  });

  it('names every missing member', async () => {
    const { status, body } = await rawCall(server.url, 'firehose', {
      target: 'Firehose_20150804.PutRecord',
      body: '{}',
    });
    expect(status).toBe(400);
    expect(body['__type']).toBe('ValidationException');
    expect(body['message']).toMatch(
      /^2 validation errors detected: Value null at 'deliveryStreamName' .* must not be null; Value null at 'record' /,
    );
  });

  it.each([
    ['no JSON', 'the body is not JSON'],
    ['{"DeliveryStreamName": 5, "Record": {"Data": "eA=="}}', "at 'deliveryStreamName'"],
    ['{"DeliveryStreamName": "s", "Record": {"Data": "§"}}', "at 'record.data'"],
    ['[]', 'must be a structure'],
  ])('answers SerializationException to %s', async (body, text) => {
    const answered = await rawCall(server.url, 'firehose', { target: 'Firehose_20150804.PutRecord', body });
    expect(answered.status).toBe(400);
    expect(answered.body).toMatchObject({
      __type: 'SerializationException',
      message: expect.stringContaining(text),
    });
  });

  it('leaves out members that the model does not know, and nulls', async () => {
    let seen: unknown;
    answer = (input) => {
      seen = input;
      return { RecordId: 'r' };
    };
    const body = JSON.stringify({
      DeliveryStreamName: 's',
      Record: { Data: 'eA==', Colour: 1 },
      Other: null,
    });
    await rawCall(server.url, 'firehose', { target: 'Firehose_20150804.PutRecord', body });
    expect(seen).toEqual({ DeliveryStreamName: 's', Record: { Data: Buffer.from('x') } });
  });

  it('answers modelled errors with their status and members', async () => {
    answer = () => {
      throw new ModelledError('InvalidSourceException', 'not from here', { code: 'C' });
    };
    await expect(put('s')).rejects.toMatchObject({
      name: 'InvalidSourceException',
      message: 'not from here',
      code: 'C',
    });
    answer = () => {
      throw new ModelledError('ServiceUnavailableException', 'Slow down.');
    };
    await expect(put('s')).rejects.toMatchObject({
      name: 'ServiceUnavailableException',
      $fault: 'server',
      $metadata: { httpStatusCode: 500 },
    });
  });

  it.each<[string, () => object, RegExp]>([
    ['an output of the wrong type', () => ({ RecordId: 5 }), /outside of the service's model.*'recordId'/],
    [
      'an output without a required member',
      () => ({}),
      /'recordId' failed to satisfy constraint: Member must not/,
    ],
    [
      'an output with a member unknown',
      () => ({ RecordId: 'r', Extra: 1 }),
      /'extra' .* must be one of the model/,
    ],
    ['an output out of bounds', () => ({ RecordId: '' }), /length greater than or equal to 1/],
    [
      'an error the operation does not have',
      () => {
        throw new ModelledError('LimitExceededException', 'too many');
      },
      /the model of PutRecord lists no error LimitExceededException/,
    ],
    [
      'an error with a member unknown',
      () => {
        throw new ModelledError('ResourceNotFoundException', 'gone', { extra: 1 });
      },
      /'extra' .* must be one of the model/,
    ],
    [
      'a defect',
      () => {
        throw new TypeError('x is undefined');
      },
      /x is undefined/,
    ],
  ])('answers 500 and logs when a double gives %s', async (_, behaviour, text) => {
    answer = behaviour;
    logged.length = 0;
    await expect(put('s')).rejects.toMatchObject({
      name: 'InternalFailure',
      message: expect.stringMatching(text),
      $metadata: { httpStatusCode: 500 },
    });
    expect(logged).toEqual([expect.stringMatching(/^firehose PutRecord: /)]);
  });

  it('says which operation it does not have', async () => {
    const call = (operation: string) =>
      rawCall(server.url, 'firehose', { target: `Firehose_20150804.${operation}`, body: '{}' });
    expect(await call('ListDeliveryStreams')).toMatchObject({
      status: 501,
      body: {
        __type: 'UnsupportedOperation',
        message: 'the double of firehose does not have ListDeliveryStreams',
      },
    });
    expect(await call('MakeTea')).toMatchObject({
      status: 404,
      body: { __type: 'UnknownOperationException', message: 'firehose has no operation "MakeTea"' },
    });
  });

  it('refuses what is not signed, signed for another service, or for a service it does not have', async () => {
    const target = 'Firehose_20150804.PutRecord';
    const unsigned = await fetch(server.url, {
      method: 'POST',
      headers: { 'x-amz-target': target },
      body: '{}',
    });
    expect(unsigned.status).toBe(403);
    expect(unsigned.headers.get('x-amzn-errortype')).toBe('MissingAuthenticationToken');
    expect((await rawCall(server.url, 'glue', { target, body: '{}' })).body).toMatchObject({
      __type: 'InvalidSignatureException',
      message: "Credential should be scoped to correct service: 'firehose'.",
    });
    const garbled = await rawCall(server.url, 'x', { target, headers: { authorization: 'Basic Zm9v' } });
    expect(garbled.body['__type']).toBe('IncompleteSignature');
    expect((await rawCall(server.url, 'sqs', { path: '/queue' })).body).toMatchObject({
      __type: 'UnknownOperationException',
      message: expect.stringContaining('no double answers the service "sqs"'),
    });
    expect((await rawCall(server.url, 'sqs', { target: 'AmazonSQS.SendMessage' })).body).toMatchObject({
      message: expect.stringContaining('no double answers the target "AmazonSQS.SendMessage"'),
    });
  });

  it('refuses a body larger than any call has', async () => {
    const body = 'x'.repeat(17 * 1024 * 1024);
    expect(
      await rawCall(server.url, 'firehose', { target: 'Firehose_20150804.PutRecord', body }),
    ).toMatchObject({
      status: 413,
      body: { __type: 'RequestEntityTooLargeException' },
    });
  });

  it('refuses a double with an operation that the service does not have', async () => {
    await expect(serve([{ service: 'firehose', operations: { MakeTea: () => ({}) } }])).rejects.toThrow(
      'the double of firehose has an operation "MakeTea" that the service\'s model does not hold',
    );
    await expect(serve([{ service: 'teapot', operations: {} }])).rejects.toMatchObject({
      code: 'MESH_DOUBLES_MODEL_MISSING',
    });
  });
});
