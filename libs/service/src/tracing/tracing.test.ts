import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Header } from '@mesh/kafka';
import { sinkCalls, sinkWriteEnded, sinkWriteStarted, type SinkRecord } from '@mesh/streams';
import { Type } from '@sinclair/typebox';
import { parseConfig } from '../config/load.js';
import { startService, type Service } from '../lifecycle/service.js';
import { createLogger } from '../logging/logger.js';
import { startTraceCollector, type TraceCollector } from '../testing/trace-collector.js';
import { unusedKafka } from '../testing/unused-kafka.js';
import type { Publication, Tracing } from './tracing.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';
const TRACEPARENT = `00-${TRACE}-${PARENT}-01`;

let collector: TraceCollector;
let service: Service | undefined;
let tracing: Tracing;
let published: Publication[];
let kept: readonly Header[] | undefined;

beforeEach(async () => {
  collector = await startTraceCollector();
  published = [];
  kept = undefined;
});
afterEach(async () => {
  await service?.stop();
  service = undefined;
  await collector.close();
});

/** A service that publishes as many events as it is asked to. */
async function start(env: Readonly<Record<string, string>>): Promise<Service> {
  service = await startService(
    {
      name: 'traced',
      config: parseConfig(Type.Object({}), { KAFKA_BROKERS: 'unused:1', ...env }),
      start: (context) => {
        const { http } = context;
        ({ tracing } = context);
        http.post('/entities', async () => {
          await new Promise(setImmediate);
          ({ headers: kept } = tracing.carry({ headers: [['ce_id', Buffer.from('e')]] as Header[] }));
          return {};
        });
        http.post('/events/:count', async (request) => {
          await new Promise(setImmediate);
          const count = Number((request.params as { count: string }).count);
          const made = Array.from({ length: count }, () => tracing.publish('plays', count));
          published.push(...made);
          for (const publication of made) publication.end();
          return { count };
        });
        return {};
      },
    },
    { kafka: unusedKafka(), log: createLogger({ name: 'traced', level: 'silent' }) },
  );
  return service;
}

const on = () => start({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });

async function post(count: number): Promise<void> {
  const headers = { traceparent: TRACEPARENT };
  const response = await fetch(`${service?.url}/events/${count}`, { method: 'POST', headers });
  expect(response.status).toBe(200);
}

/** Ended, so that everything is handed over. */
async function spansOf() {
  await service?.stop();
  return collector.spans;
}

const record = (headers: SinkRecord<unknown, unknown>['headers']): SinkRecord<unknown, unknown> => ({
  ...{ key: 'k', value: 'v', headers, timestamp: 0, topic: 'plays', partition: 1, offset: 7 },
});

describe('tracing', () => {
  it('goes on with the trace of the caller, from the request into the headers of the record', async () => {
    await on();
    await post(1);
    const spans = await spansOf();
    const [request, publish] = ['POST /events/:count', 'publish plays'].map((name) =>
      spans.find((span) => span.name === name),
    );
    expect(request).toMatchObject({ service: 'traced', traceId: TRACE, parentSpanId: PARENT });
    expect(publish).toMatchObject({ traceId: TRACE, parentSpanId: request?.spanId });
    const headers = published[0]?.headers.map(([name, value]) => [name, String(value)]);
    expect(headers).toEqual([['traceparent', `00-${TRACE}-${publish?.spanId}-01`]]);
  });

  it('gives each of many events a trace of its own, linked to the request', async () => {
    await on();
    await post(3);
    const spans = await spansOf();
    const request = spans.find(({ name }) => name === 'POST /events/:count');
    const publications = spans.filter(({ name }) => name === 'publish plays');
    expect(new Set(publications.map(({ traceId }) => traceId)).size).toBe(3);
    for (const { traceId, links } of publications) {
      expect(traceId).not.toBe(TRACE);
      expect(links).toMatchObject([{ traceId: TRACE, spanId: request?.spanId }]);
    }
  });

  it('keeps the request with an event that is published later, by a relay that is linked to it', async () => {
    await on();
    const headers = { traceparent: TRACEPARENT };
    await fetch(`${service?.url}/entities`, { method: 'POST', headers });
    const events = [
      { topic: 'songs', headers: kept ?? [] },
      { topic: 'artists', headers: [] },
    ];
    tracing.relay(events).end();
    tracing.relay(events).end(new Error('no broker'));
    tracing.relay(events.slice(1)).end();

    const spans = await spansOf();
    const request = spans.find(({ name }) => name === 'POST /entities');
    expect(request).toMatchObject({ traceId: TRACE, parentSpanId: PARENT });
    expect(kept?.map(([name, value]) => [name, String(value)])).toEqual([
      ['ce_id', 'e'],
      ['traceparent', `00-${TRACE}-${request?.spanId}-01`],
    ]);
    const relays = spans.filter(({ name }) => name === 'relay artists, songs');
    expect(relays.map(({ status }) => status?.code)).toEqual([0, 2]);
    for (const { traceId, links } of relays) {
      expect(traceId).not.toBe(TRACE);
      expect(links).toMatchObject([{ traceId: TRACE, spanId: request?.spanId }]);
    }
    expect(spans).toHaveLength(3);
  });

  it('leaves out the probes', async () => {
    await on();
    await fetch(`${service?.url}/ready`);
    await fetch(`${service?.url}/metrics`);
    expect(await spansOf()).toEqual([]);
  });

  it('follows records into the calls of a sink, which are linked to each of them', async () => {
    await on();
    const dones = [() => {}, () => {}, () => {}];
    const [first, second, untraced] = dones as [() => void, () => void, () => void];
    const traced = record([['traceparent', Buffer.from(TRACEPARENT)]]);
    for (const done of [first, second])
      sinkWriteStarted.publish({ sink: 'personalize', record: traced, done });
    sinkWriteStarted.publish({ sink: 'personalize', record: record([]), done: untraced });
    await sinkCalls.tracePromise(async () => {}, { sink: 'personalize PutEvents', writes: dones });
    sinkWriteEnded.publish({ done: first, error: undefined });
    sinkWriteEnded.publish({ done: second, error: new Error('refused') });
    sinkWriteEnded.publish({ done: untraced, error: undefined });

    const spans = await spansOf();
    const records = spans.filter(({ name }) => name === 'plays to personalize');
    expect(records).toMatchObject([
      { traceId: TRACE, parentSpanId: PARENT },
      { traceId: TRACE, parentSpanId: PARENT },
    ]);
    expect(records.map(({ status }) => status?.code)).toEqual([0, 2]);
    const [call] = spans.filter(({ name }) => name === 'personalize PutEvents');
    expect(call?.traceId).not.toBe(TRACE);
    expect(call?.links?.map(({ spanId }) => spanId)).toEqual(records.map(({ spanId }) => spanId));
  });

  it('is off where no collector is named: no header, no listener', async () => {
    // The channels are the process's, where another test's function may still listen.
    const subscriptions = [
      jest.spyOn(sinkWriteStarted, 'subscribe'),
      jest.spyOn(sinkWriteEnded, 'subscribe'),
      jest.spyOn(sinkCalls, 'subscribe'),
    ];
    await start({});
    await post(1);
    await fetch(`${service?.url}/entities`, { method: 'POST' });
    expect(published[0]?.headers).toEqual([]);
    expect(kept?.map(([name]) => name)).toEqual(['ce_id']);
    for (const subscribe of subscriptions) {
      expect(subscribe).not.toHaveBeenCalled();
      subscribe.mockRestore();
    }
    expect(await spansOf()).toEqual([]);
  });

  it.each([
    ['parentbased_always_on', '1', '00', []],
    ['parentbased_traceidratio', '0', '00', []],
    ['parentbased_traceidratio', '0', '01', ['POST /entities', 'plays to s3', 'relay songs', 's3 PutObject']],
    ['traceidratio', '0', '01', []],
    ['always_off', '1', '01', []],
    ['always_on', '1', '00', ['POST /entities', 'relay songs']],
  ])('samples by %s %s with %s from the caller', async (sampler, ratio, flags, expected) => {
    const OTEL_EXPORTER_OTLP_ENDPOINT = collector.url;
    await start({
      OTEL_EXPORTER_OTLP_ENDPOINT,
      OTEL_TRACES_SAMPLER: sampler,
      OTEL_TRACES_SAMPLER_ARG: ratio,
    });
    const headers = { traceparent: TRACEPARENT.replace(/01$/, flags) };
    await fetch(`${service?.url}/entities`, { method: 'POST', headers });
    tracing.relay([{ topic: 'songs', headers: kept ?? [] }]).end();
    if (sampler.startsWith('parentbased')) {
      const [traced, untraced] = [() => {}, () => {}];
      sinkWriteStarted.publish({ sink: 's3', record: record(kept ?? []), done: traced });
      await sinkCalls.tracePromise(async () => {}, { sink: 's3 PutObject', writes: [traced, untraced] });
      sinkWriteEnded.publish({ done: traced, error: undefined });
    }
    expect((await spansOf()).map(({ name }) => name).sort()).toEqual(expected);
  });

  it('stops in time where the collector does not answer', async () => {
    await collector.close();
    await on();
    await post(1);
    await expect(service?.stop()).resolves.toBeUndefined();
  });
});
