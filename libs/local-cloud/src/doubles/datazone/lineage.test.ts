import {
  GetLineageEventCommand,
  ListLineageEventsCommand,
  PostLineageEventCommand,
} from '@aws-sdk/client-datazone';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createDomain, startDataZone, type DataZoneServer } from '../../test/datazone.js';

let server: DataZoneServer;
let domain: string;

beforeEach(async () => {
  server = await startDataZone();
  domain = await createDomain(server.client);
});

afterEach(() => server.close());

const runEvent = (padding = 0) =>
  JSON.stringify({
    eventType: 'COMPLETE',
    eventTime: '2026-01-02T03:04:05Z',
    producer: 'https://example.org/mesh',
    run: { runId: '0f6fdd5c-9b1e-4f3a-9d5c-3a1c8c9c6d10' },
    job: { namespace: 'music-mesh', name: 'trends' },
    inputs: [{ namespace: 'kafka://music', name: 'interactions' }],
    outputs: [{ namespace: 'kafka://music', name: 'trends', facets: { p: 'x'.repeat(padding) } }],
  });
const post = (event: string, clientToken?: string) =>
  server.client.send(
    new PostLineageEventCommand({ domainIdentifier: domain, event: Buffer.from(event), clientToken }),
  );

describe('lineage events', () => {
  it('are kept as they came, one of a client token', async () => {
    const { id } = await post(runEvent(), 'token');
    expect((await post(runEvent(), 'token')).id).toBe(id);
    const { items } = await server.client.send(
      new ListLineageEventsCommand({
        domainIdentifier: domain,
        timestampAfter: new Date('2026-01-01T00:00:00Z'),
      }),
    );
    expect(items).toMatchObject([
      {
        id,
        processingStatus: 'SUCCESS',
        eventSummary: {
          openLineageRunEventSummary: {
            eventType: 'COMPLETE',
            job: { name: 'trends' },
            inputs: [{ namespace: 'kafka://music', name: 'interactions' }],
          },
        },
      },
    ]);
    const got = await server.client.send(
      new GetLineageEventCommand({ domainIdentifier: domain, identifier: id }),
    );
    expect(Buffer.from(got.event ?? []).toString('utf8')).toBe(runEvent());
    expect(got.eventTime).toEqual(new Date('2026-01-02T03:04:05Z'));
  });

  it('have at most 300,000 bytes', async () => {
    const room = 300_000 - Buffer.byteLength(runEvent());
    await post(runEvent(room));
    await expect(post(runEvent(room + 1))).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining('length less than or equal to 300000') as unknown,
    });
  });

  it.each([
    ['no JSON', 'x', 'not JSON'],
    ['no time', '{"run":{"runId":"r"}}', 'no valid eventTime'],
    ['no job', '{"eventTime":"2026-01-02T03:04:05Z","run":{"runId":"r"}}', 'no job'],
  ])('are refused with %s', async (_, event, message) => {
    await expect(post(event)).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining(message) as unknown,
    });
  });
});
