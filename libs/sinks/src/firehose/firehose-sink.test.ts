import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@mesh/jest/until.mjs';
import { createDeliveryStream, startTestCloud, type TestCloud } from '@mesh/testkit';
import { Outcomes } from '../test/outcomes.js';
import { FirehoseSink, type FirehoseSinkOptions } from './firehose-sink.js';

let cloud: TestCloud;
let sinks: FirehoseSink<string, string>[];
let stream: string;
let streams = 0;

beforeAll(async () => {
  cloud = await startTestCloud();
});
afterAll(() => cloud.close());
beforeEach(async () => {
  sinks = [];
  await cloud.calm();
  streams += 1;
  stream = `stream-${streams}`;
  await createDeliveryStream(cloud.url, stream);
});
afterEach(async () => {
  for (const sink of sinks) await sink.close();
});

function start(options: Partial<FirehoseSinkOptions<string, string>> = {}) {
  const sink = new FirehoseSink<string, string>({
    deliveryStream: stream,
    encode: ({ value }) => Buffer.from(value),
    endpoint: cloud.url,
    region: 'us-east-1',
    lingerMs: 20,
    backoff: { baseMs: 5, maxMs: 50 },
    rate: { bytesPerSecond: 1_000_000_000 },
    ...options,
  });
  sinks.push(sink);
  return { sink, outcomes: new Outcomes<string>(sink) };
}

async function accepted(): Promise<number> {
  const counts = (await cloud.admin('firehose/counts')) as Record<string, { accepted: number } | undefined>;
  return counts[stream]?.accepted ?? 0;
}

const calls = () => cloud.calls('firehose', 'PutRecordBatch');

describe('the Firehose sink', () => {
  it('sends up to 500 records a call', async () => {
    const { sink, outcomes } = start();
    for (let i = 0; i < 1_200; i += 1) outcomes.write(`{"eventId":"e-${i}"}`);
    await sink.flush();
    expect(outcomes.count).toBe(1_200);
    expect(outcomes.rejected).toEqual({});
    expect(await accepted()).toBe(1_200);
    expect(await calls()).toBe(3);
  });

  it('sends up to 4 MiB a call', async () => {
    const { sink, outcomes } = start();
    for (let i = 0; i < 9; i += 1) outcomes.write('x'.repeat(1_000_000));
    await sink.flush();
    expect(outcomes.rejected).toEqual({});
    expect(await accepted()).toBe(9);
    expect(await calls()).toBe(3);
  });

  it('rejects a record above 1,024,000 bytes without a call, and takes one just as large', async () => {
    const { sink, outcomes } = start();
    outcomes.write('x'.repeat(1_024_001));
    expect(outcomes.rejected).toEqual({ 0: 'RECORD_TOO_LARGE' });
    outcomes.write('x'.repeat(1_024_000));
    await sink.flush();
    expect(outcomes.rejected).toEqual({ 0: 'RECORD_TOO_LARGE' });
    expect(await calls()).toBe(1);
    expect(sink.snapshot()).toMatchObject({ rejected: 1, records: 1 });
  });

  it('rejects a record that has no bytes to send', async () => {
    const { outcomes } = start({
      encode: () => {
        throw new TypeError('a cycle');
      },
    });
    outcomes.write('');
    expect(outcomes.rejected).toEqual({ 0: 'NOT_ENCODABLE' });
    expect(outcomes.ended[0]?.message).toContain('a cycle');
  });

  it('sends again only the records of a batch that failed', async () => {
    await cloud.fault({
      service: 'firehose',
      operation: 'PutRecordBatch',
      kind: 'partial',
      rate: 0.3,
      count: 300,
    });
    const { sink, outcomes } = start();
    for (let i = 0; i < 1_000; i += 1) outcomes.write(`{"eventId":"e-${i}"}`);
    await sink.flush();
    expect(outcomes.count).toBe(1_000);
    expect(outcomes.rejected).toEqual({});
    // Had a whole batch been sent again, more would have been accepted than were written.
    expect(await accepted()).toBe(1_000);
    expect(sink.snapshot().retries).toBeGreaterThan(0);
  });

  it.each([
    ['throttling', { kind: 'throttle', rate: 0.5 }],
    ['server errors', { kind: 'error', rate: 0.5 }],
    ['cut connections', { kind: 'disconnect', rate: 0.3 }],
  ])('writes every record under %s', async (_name, fault) => {
    await cloud.fault({ service: 'firehose', operation: 'PutRecordBatch', ...fault });
    const { sink, outcomes } = start({ maxInFlight: 2 });
    for (let i = 0; i < 10_000; i += 1) outcomes.write(`{"eventId":"e-${i}"}`);
    await sink.flush();
    expect(outcomes.count).toBe(10_000);
    expect(outcomes.rejected).toEqual({});
    expect(await accepted()).toBe(10_000);
    expect(sink.snapshot().retries).toBeGreaterThan(0);
  });

  it("gets everything through a stream's own limit, which fails records by index", async () => {
    await cloud.admin('firehose/limit', { stream, recordsPerSecond: 1_000 });
    const { sink, outcomes } = start();
    for (let i = 0; i < 2_500; i += 1) outcomes.write(`{"eventId":"e-${i}"}`);
    await sink.flush();
    expect(outcomes.rejected).toEqual({});
    expect(await accepted()).toBe(2_500);
    expect(sink.snapshot().throttles).toBeGreaterThan(0);
  });

  it('drops nothing for a stream that is not there, and goes on when it is', async () => {
    const { sink, outcomes } = start({ deliveryStream: `${stream}-late` });
    outcomes.write('{}');
    await until('the problem is known', () => sink.problem() !== undefined);
    expect(sink.problem()).toContain('ResourceNotFoundException');
    expect(outcomes.count).toBe(0);
    await createDeliveryStream(cloud.url, `${stream}-late`);
    await sink.flush();
    expect(outcomes.rejected).toEqual({});
    expect(sink.problem()).toBeUndefined();
  });
});
