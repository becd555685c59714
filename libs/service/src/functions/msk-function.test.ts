import { describe, expect, it } from '@jest/globals';
import {
  RejectedRecordError,
  StreamsBuilder,
  nullable,
  stringSerde,
  type Sink,
  type SinkRecord,
} from '@mesh/streams';
import { parseConfig } from '../config/load.js';
import { Type } from '@sinclair/typebox';
import type { WatchedSink } from '../streams/streams-module.js';
import { startTraceCollector } from '../testing/trace-collector.js';
import { FunctionConfigProperties } from './config.js';
import type { MskEvent, MskRecord } from './msk-event.js';
import { mskFunction, UnfinishedBatchError } from './msk-function.js';

type Written = SinkRecord<string | null, string | null>;

/** Ends each write as the script says: at once, with an error, or never. */
class ScriptedSink implements Sink<string | null, string | null>, WatchedSink {
  readonly written: Written[] = [];
  outcome: (record: Written) => 'done' | 'never' | Error = () => 'done';
  closed = false;

  write(record: Written, done: (error?: Error) => void): void {
    this.written.push({ ...record, headers: [...record.headers] });
    const outcome = this.outcome(record);
    if (outcome !== 'never') setImmediate(done, outcome === 'done' ? undefined : outcome);
  }

  async flush(): Promise<void> {}

  async close(): Promise<void> {
    this.closed = true;
  }

  metrics(): readonly [] {
    return [];
  }

  problem(): undefined {
    return undefined;
  }
}

function functionWith(env: Readonly<Record<string, string>> = {}) {
  const sinks: ScriptedSink[] = [];
  const outcomes: { current: ScriptedSink['outcome'] } = { current: () => 'done' };
  const handler = mskFunction({
    name: 'app',
    config: parseConfig(Type.Object(FunctionConfigProperties), {
      KAFKA_BROKERS: '127.0.0.1:1',
      LOG_LEVEL: 'silent',
      FUNCTION_MARGIN_MS: '0',
      ...env,
    }),
    topology: async () => {
      const sink = new ScriptedSink();
      sink.outcome = (record) => outcomes.current(record);
      sinks.push(sink);
      const builder = new StreamsBuilder();
      builder
        .stream('songs', { key: nullable(stringSerde), value: nullable(stringSerde) })
        .sink(sink, { name: 'scripted' });
      return { topology: builder.build(), sinks: [sink] };
    },
  });
  return { handler, sinks, outcomes };
}

const base64 = (text: string) => Buffer.from(text).toString('base64');
const context = (remainingMs = 60_000) => ({ getRemainingTimeInMillis: () => remainingMs });

function event(...records: Partial<MskRecord>[]): MskEvent {
  const byPartition: Record<string, MskRecord[]> = {};
  for (const record of records) {
    const { topic = 'songs', partition = 0 } = record;
    (byPartition[`${topic}-${partition}`] ??= []).push({
      topic,
      partition,
      offset: 0,
      timestamp: 1_700_000_000_000,
      timestampType: 'CREATE_TIME',
      key: base64('key'),
      value: base64('value'),
      headers: [],
      ...record,
    });
  }
  return {
    eventSource: 'aws:kafka',
    eventSourceArn: 'arn:aws:kafka:eu-west-1:1:cluster/c/1',
    records: byPartition,
  };
}

describe('a function on an MSK event source', () => {
  it('sees records as a consumer would: key, value, headers, time and place', async () => {
    const { handler, sinks } = functionWith();
    const headers = [{ ce_id: [99, 45, 49] }, { ce_id: [-61, -92] }];
    const answer = await handler(
      event({ offset: 7, headers }, { offset: 9, value: null }, {
        partition: 3,
        offset: 2,
        key: undefined,
      } as never),
      context(),
    );
    expect(answer).toEqual({ batchItemFailures: [] });
    expect(sinks[0]?.written).toEqual([
      {
        key: 'key',
        value: 'value',
        headers: [
          ['ce_id', Buffer.from('c-1')],
          ['ce_id', Buffer.from('ä')],
        ],
        timestamp: 1_700_000_000_000,
        topic: 'songs',
        partition: 0,
        offset: 7,
      },
      expect.objectContaining({ value: null, offset: 9 }),
      expect.objectContaining({ key: null, value: 'value', partition: 3, offset: 2 }),
    ]);
  });

  it('keeps its topology from call to call', async () => {
    const { handler, sinks } = functionWith();
    await handler(event({ offset: 0 }), context());
    await handler(event({ offset: 1 }), context());
    expect(sinks).toHaveLength(1);
  });

  it('fails before its time is over, so that the batch comes again, and leaves nothing under way', async () => {
    const { handler, sinks, outcomes } = functionWith();
    outcomes.current = ({ offset }) => (offset === 1 ? 'never' : 'done');
    const batch = event({ offset: 0 }, { offset: 1 }, { offset: 2 });
    await expect(handler(batch, context(50))).rejects.toThrow(UnfinishedBatchError);
    await expect(handler(batch, context(50))).rejects.toThrow('not done from songs-0@1 on');
    expect(sinks.map(({ closed }) => closed)).toEqual([true, true]);
    outcomes.current = () => 'done';
    expect(await handler(batch, context())).toEqual({ batchItemFailures: [] });
    expect(sinks[2]?.written).toHaveLength(3);
  });

  it('says from where to go on in each partition where the mapping takes that', async () => {
    const { handler, outcomes } = functionWith({ REPORT_BATCH_ITEM_FAILURES: 'true' });
    outcomes.current = ({ partition, offset }) => (partition === 1 && offset === 6 ? 'never' : 'done');
    const batch = event({ offset: 0 }, { partition: 1, offset: 5 }, { partition: 1, offset: 6 });
    expect(await handler(batch, context(50))).toEqual({
      batchItemFailures: [{ itemIdentifier: { partition: 'songs-1', offset: 6 } }],
    });
  });

  it('stops so long before its time is over as it is told to', async () => {
    const { handler, outcomes } = functionWith({ FUNCTION_MARGIN_MS: '60000' });
    outcomes.current = () => 'never';
    await expect(handler(event({}), context(60_000))).rejects.toThrow(UnfinishedBatchError);
  });

  it('fails where a dead letter can not be written', async () => {
    const { handler, sinks, outcomes } = functionWith();
    outcomes.current = () => new RejectedRecordError('BAD', 'it is bad');
    await expect(handler(event({}), context(300))).rejects.toThrow();
    outcomes.current = () => 'done';
    expect(await handler(event({}), context())).toEqual({ batchItemFailures: [] });
    expect(sinks).toHaveLength(2);
  });

  it('fails for a topic that the topology does not read', async () => {
    const { handler } = functionWith();
    await expect(handler(event({ topic: 'users' }), context())).rejects.toThrow(/came from users/);
  });

  it('has handed over its spans when it answers, since it may sleep then', async () => {
    const collector = await startTraceCollector();
    try {
      const { handler } = functionWith({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
      const [traceId, parentSpanId] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];
      const traceparent = [...Buffer.from(`00-${traceId}-${parentSpanId}-01`)];
      await handler(event({ headers: [{ traceparent }] }), context());
      expect(collector.spans).toMatchObject([
        { name: 'songs to scripted', service: 'app', traceId, parentSpanId },
      ]);
    } finally {
      await collector.close();
    }
  });

  it('answers although the collector does not', async () => {
    const collector = await startTraceCollector();
    await collector.close();
    const { handler } = functionWith({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
    expect(await handler(event({}), context())).toEqual({ batchItemFailures: [] });
  });
});
