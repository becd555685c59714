import { PersonalizeEventsClient, PutEventsCommand } from '@aws-sdk/client-personalize-events';
import { GetRecommendationsCommand, PersonalizeRuntimeClient } from '@aws-sdk/client-personalize-runtime';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { rawCall, sdkConfig, serve } from '../../test/serve.js';
import type { ServiceModel } from './model.js';
import { serveDoubles, type DoublesServer } from './server.js';
import { ModelledError, type Operation } from './types.js';

describe("Personalize's services, which sign as one", () => {
  let server: DoublesServer;
  let events: PersonalizeEventsClient;
  let runtime: PersonalizeRuntimeClient;
  let seen: object[] = [];

  beforeAll(async () => {
    server = await serve([
      { service: 'personalize', operations: {} },
      {
        service: 'personalize-events',
        operations: {
          PutEvents: (input) => {
            seen.push(input);
            return {};
          },
        },
      },
      {
        service: 'personalize-runtime',
        operations: {
          GetRecommendations: (input, call) => {
            seen.push({ ...input, region: call.region, service: call.service, operation: call.operation });
            if ('userId' in input && input.userId === 'nobody') {
              throw new ModelledError('ResourceNotFoundException', 'no such user');
            }
            return { itemList: [{ itemId: 'song-1', score: 0.5 }], recommendationId: 'RID-1' };
          },
        },
      },
    ]);
    events = new PersonalizeEventsClient(sdkConfig(server.url));
    runtime = new PersonalizeRuntimeClient(sdkConfig(server.url));
  });

  afterAll(async () => {
    events.destroy();
    runtime.destroy();
    await server.close();
  });

  const campaignArn = 'arn:aws:personalize:eu-west-1:123456789012:campaign/c';
  const event = { eventType: 'PLAY', sentAt: new Date(1_700_000_000_123), itemId: 'song-1' };
  const put = (eventList: object[]) =>
    events.send(
      new PutEventsCommand({ trackingId: 't', userId: 'u', sessionId: 's', eventList: eventList as never }),
    );

  it('tells the services apart by path, and hands over dates and the text of JSON', async () => {
    seen = [];
    await put([{ ...event, properties: '{"positionMs": 5}', eventValue: 0.5 }]);
    expect(seen).toEqual([
      {
        trackingId: 't',
        userId: 'u',
        sessionId: 's',
        eventList: [
          {
            eventType: 'PLAY',
            itemId: 'song-1',
            eventValue: 0.5,
            properties: '{"positionMs": 5}',
            // The SDK sends seconds with a fraction of milliseconds.
            sentAt: new Date(1_700_000_000_123),
          },
        ],
      },
    ]);
    seen = [];
    const { itemList } = await runtime.send(new GetRecommendationsCommand({ campaignArn, userId: 'u' }));
    expect(itemList).toEqual([{ itemId: 'song-1', score: 0.5 }]);
    expect(seen).toEqual([
      {
        campaignArn,
        userId: 'u',
        region: 'eu-west-1',
        service: 'personalize-runtime',
        operation: 'GetRecommendations',
      },
    ]);
  });

  it.each<[string, object[], string]>([
    [
      'no event',
      [],
      "at 'eventList' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ],
    ['11 events', Array.from({ length: 11 }, () => event), 'less than or equal to 10'],
    ['an empty item id', [{ ...event, itemId: '' }], "at 'eventList.1.member.itemId'"],
    [
      'long properties',
      [event, { ...event, properties: 'p'.repeat(1025) }],
      "at 'eventList.2.member.properties'",
    ],
    ['no type', [{ sentAt: new Date(0) }], "Value null at 'eventList.1.member.eventType'"],
  ])('refuses %s', async (_, list, text) => {
    seen = [];
    await expect(put(list)).rejects.toMatchObject({
      name: 'InvalidInputException',
      message: expect.stringContaining(text),
      $metadata: { httpStatusCode: 400 },
    });
    expect(seen).toEqual([]);
  });

  it('answers modelled errors', async () => {
    const call = runtime.send(new GetRecommendationsCommand({ campaignArn, userId: 'nobody' }));
    await expect(call).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'no such user',
      $metadata: { httpStatusCode: 404 },
    });
  });

  it('knows a path of no operation', async () => {
    expect(await rawCall(server.url, 'personalize', { path: '/nothing', body: '{}' })).toMatchObject({
      status: 404,
      body: { message: 'no operation of "personalize" is at POST /nothing' },
    });
  });
});

describe('a rest-json service with members everywhere', () => {
  const model: ServiceModel = {
    metadata: { protocol: 'rest-json', endpointPrefix: 'shelf', serviceId: 'Shelf' },
    operations: {
      GetThing: {
        name: 'GetThing',
        http: { method: 'GET', requestUri: '/shelves/{shelf}/things/{path+}' },
        input: { shape: 'GetThingInput' },
        output: { shape: 'GetThingOutput' },
      },
      GetNewest: {
        name: 'GetNewest',
        http: { method: 'GET', requestUri: '/shelves/{shelf}/things/newest' },
        input: { shape: 'NewestInput' },
        output: { shape: 'GetThingOutput' },
      },
      PutPicture: {
        name: 'PutPicture',
        http: { method: 'PUT', requestUri: '/pictures/{shelf}', responseCode: 201 },
        input: { shape: 'PutPictureInput' },
        output: { shape: 'PutPictureOutput' },
      },
      Forget: {
        name: 'Forget',
        http: { method: 'DELETE', requestUri: '/shelves/{shelf}', responseCode: 204 },
      },
    },
    shapes: {
      Text: { type: 'string', min: 2 },
      Count: { type: 'integer', max: 10 },
      Flag: { type: 'boolean' },
      Time: { type: 'timestamp' },
      Bytes: { type: 'blob' },
      Texts: { type: 'list', member: { shape: 'Text' }, max: 2 },
      GetThingInput: {
        type: 'structure',
        required: ['shelf', 'path', 'count'],
        members: {
          shelf: { shape: 'Text', location: 'uri', locationName: 'shelf' },
          path: { shape: 'Text', location: 'uri', locationName: 'path' },
          count: { shape: 'Count', location: 'querystring', locationName: 'max' },
          tags: { shape: 'Texts', location: 'querystring', locationName: 'tag' },
          deep: { shape: 'Flag', location: 'querystring', locationName: 'deep' },
          since: { shape: 'Time', location: 'querystring', locationName: 'since' },
          changed: { shape: 'Time', location: 'header', locationName: 'If-Modified-Since' },
        },
      },
      NewestInput: {
        type: 'structure',
        members: { shelf: { shape: 'Text', location: 'uri', locationName: 'shelf' } },
      },
      GetThingOutput: {
        type: 'structure',
        members: {
          status: { shape: 'Count', location: 'statusCode' },
          etag: { shape: 'Text', location: 'header', locationName: 'ETag' },
          at: { shape: 'Time' },
          self: { shape: 'GetThingOutput' },
        },
      },
      PutPictureInput: {
        type: 'structure',
        required: ['picture'],
        payload: 'picture',
        members: {
          shelf: { shape: 'Text', location: 'uri', locationName: 'shelf' },
          picture: { shape: 'Bytes' },
        },
      },
      PutPictureOutput: {
        type: 'structure',
        payload: 'thing',
        members: { thing: { shape: 'GetThingOutput' } },
      },
    },
  };
  let server: DoublesServer;
  let seen: object | undefined;
  let output: object = {};

  beforeAll(async () => {
    const operation: Operation = (input) => {
      seen = input;
      return output;
    };
    const names = Object.keys(model.operations);
    const operations = Object.fromEntries(names.map((name): [string, Operation] => [name, operation]));
    server = await serveDoubles({
      doubles: [{ service: 'shelf', operations }],
      models: new Map([['shelf', model]]),
      now: () => Date.now(),
      log: () => undefined,
    });
  });

  afterAll(() => server.close());

  it('binds URI, query and headers', async () => {
    output = { at: new Date(1500), etag: 'e-1' };
    const path =
      '/shelves/my%20shelf/things/a/b%2Fc?max=3&tag=ab&tag=cd&deep=true&since=2026-01-02T03:04:05Z';
    const headers = { 'if-modified-since': 'Fri, 02 Jan 2026 03:04:05 GMT' };
    const answered = await rawCall(server.url, 'shelf', { method: 'GET', path, headers });
    const time = new Date('2026-01-02T03:04:05Z');
    const bound = { shelf: 'my shelf', path: 'a/b/c', count: 3, tags: ['ab', 'cd'], deep: true };
    expect(seen).toEqual({ ...bound, since: time, changed: time });
    expect(answered).toMatchObject({ status: 200, body: { at: 1.5 } });
    expect(answered.headers.get('etag')).toBe('e-1');
  });

  it('prefers a literal path to a label', async () => {
    output = {};
    await rawCall(server.url, 'shelf', { method: 'GET', path: '/shelves/ab/things/newest' });
    expect(seen).toEqual({ shelf: 'ab' });
  });

  it.each([
    ['/shelves/ab/things/cd', "Value null at 'count'"],
    ['/shelves/a/things/cd?max=3', "at 'shelf'"],
    ['/shelves/ab/things/cd?max=11', "at 'count' failed to satisfy constraint: Member must have value less"],
    ['/shelves/ab/things/cd?max=three', "at 'count' failed to satisfy constraint: Member must be a number"],
    ['/shelves/ab/things/cd?max=1&tag=ab&tag=ab&tag=ab', "at 'tags' failed"],
    ['/shelves/ab/things/cd?max=1&tag=a', "at 'tags.1.member'"],
    [
      '/shelves/ab/things/cd?max=1&since=yesterday',
      "at 'since' failed to satisfy constraint: Member must be a timestamp",
    ],
  ])('checks %s', async (path, text) => {
    const { status, body } = await rawCall(server.url, 'shelf', { method: 'GET', path });
    expect(status).toBe(400);
    expect(body['message']).toContain(text);
  });

  it('takes a body as it is where it is the payload, and answers one', async () => {
    output = { thing: { at: new Date(2000), self: { at: new Date(3000) } } };
    const path = '/pictures/ab';
    const answered = await rawCall(server.url, 'shelf', { method: 'PUT', path, body: 'not json' });
    expect(seen).toEqual({ shelf: 'ab', picture: Buffer.from('not json') });
    expect(answered).toMatchObject({ status: 201, body: { at: 2, self: { at: 3 } } });
    expect((await rawCall(server.url, 'shelf', { method: 'PUT', path })).body['message']).toContain(
      "at 'picture'",
    );
  });

  it('answers with the status the output says, and nothing where there is no output', async () => {
    output = { status: 7 };
    const found = await fetch(`${server.url}/_double/health`);
    expect(await found.json()).toEqual({ status: 'ok', services: ['shelf'] });
    output = {};
    const deleted = await rawCall(server.url, 'shelf', { method: 'DELETE', path: '/shelves/ab' });
    expect(deleted).toMatchObject({ status: 204, body: {} });
  });
});
