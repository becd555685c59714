import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@mesh/jest/until.mjs';
import { createKafkaClient, type KafkaClient } from '@mesh/kafka';
import { startKafka, type KafkaServer } from '@mesh/local-cloud';
import {
  longSerde,
  QueryableStoreTypes,
  StreamsBuilder,
  stringSerde,
  type FailureHandler,
  type Sink,
} from '@mesh/streams';
import { StateQueryClient } from '@mesh/streams/queries';
import { Type } from '@sinclair/typebox';
import { parseConfig } from '../config/load.js';
import { startService, type Service } from '../lifecycle/service.js';
import { createLogger } from '../logging/logger.js';
import { StreamsConfigProperties } from './config.js';
import { kafkaStreamsService } from './kafka-streams-service.js';
import { streamsModule, type StreamsConfig, type StreamsParts, type WatchedSink } from './streams-module.js';

let broker: KafkaServer;
let kafka: KafkaClient;
let input: string;
let runs = 0;
let service: Service | undefined;
let failures: Error[];
let release: () => void;
let prepared: Promise<void>;
let sink: NotingSink;

/** An external system that keeps texts, and may be told that it is configured wrongly. */
class NotingSink implements Sink<string, string>, WatchedSink {
  readonly written: string[] = [];
  trouble: string | undefined;
  write({ value }: { value: string }, done: () => void): void {
    this.written.push(value);
    done();
  }
  async flush(): Promise<void> {}
  async close(): Promise<void> {
    this.written.push('closed');
  }
  problem(): string | undefined {
    return this.trouble;
  }
  metrics() {
    return [{ name: 'sink_records_total', type: 'counter' as const, labels: {}, value: this.written.length }];
  }
}

beforeAll(async () => {
  broker = await startKafka();
});
afterAll(() => broker.stop());
beforeEach(async () => {
  runs += 1;
  input = `input-${runs}`;
  failures = [];
  sink = new NotingSink();
  prepared = new Promise((resolve) => (release = resolve));
  kafka = createKafkaClient({ brokers: [broker.bootstrap], clientId: 'test' });
  const admin = kafka.admin();
  await admin.createTopics([{ name: input, partitions: 2, replicationFactor: 1, config: {} }]);
  await admin.close();
});
afterEach(async () => {
  await service?.stop();
  service = undefined;
  await kafka.close();
});

async function start(
  topology: () => Promise<StreamsParts> | StreamsParts,
  onFailure: FailureHandler = () => 'fail',
  environment: Readonly<Record<string, string>> = {},
): Promise<Service> {
  const config = parseConfig(Type.Object(StreamsConfigProperties), {
    KAFKA_BROKERS: broker.bootstrap,
    APPLICATION_ID: `app-${runs}`,
    COMMIT_INTERVAL_MS: '50',
    ...environment,
  });
  const definition = kafkaStreamsService({
    name: 'fixture',
    config,
    processingGuarantee: 'at_least_once',
    onFailure,
    topology,
  });
  const parts = {
    log: createLogger({ name: 'fixture', level: 'silent' }),
    onFailure: (error: Error) => void failures.push(error),
  };
  service = await startService(definition, parts);
  return service;
}

/** Notes every text; fails at `poison`. */
function noting(): StreamsParts {
  const builder = new StreamsBuilder();
  builder
    .stream(input, { key: stringSerde, value: stringSerde })
    .mapValues((text) => {
      if (text === 'poison') throw new Error('this text can not be borne');
      return text;
    })
    .sink(sink, { name: 'notes' });
  return { topology: builder.build(), sinks: [sink] };
}

async function send(...texts: string[]): Promise<void> {
  const producer = kafka.producer();
  await producer.send([
    { topic: input, records: texts.map((text) => ({ key: null, value: Buffer.from(text) })) },
  ]);
  await producer.close();
}

async function readiness({ url }: Service): Promise<true | string> {
  const response = await fetch(`${url}/ready`);
  return response.ok ? true : ((await response.json()) as { detail: string }).detail;
}

describe('a stream application as a module', () => {
  const config = (): StreamsConfig =>
    parseConfig(Type.Object(StreamsConfigProperties), {
      KAFKA_BROKERS: broker.bootstrap,
      STREAM_THREADS: '3',
      APPLICATION_ID: 'as-a-module',
    });

  it('is made with the options that the service has of its configuration, and a client of its own', async () => {
    const make = streamsModule({
      processingGuarantee: 'exactly_once_v2',
      topology: () => ({ topology: noting().topology }),
    });
    const { topology, options } = await make({ name: 'fixture', config: config() });
    expect(topology.describe()).toBe(noting().topology.describe());
    expect(options).toMatchObject({
      applicationId: 'as-a-module',
      processingGuarantee: 'exactly_once_v2',
      numStreamThreads: 3,
    });
    const admin = options.client.admin();
    expect(await admin.listTopics()).toContain(input);
    await admin.close();
    await options.client.close();
  });

  it('is refused with sinks that nobody could watch', async () => {
    const make = streamsModule({ processingGuarantee: 'at_least_once', topology: noting });
    await expect(make({ name: 'fixture', config: config() })).rejects.toThrow(
      /fixture has sinks that are watched/,
    );
  });
});

describe('a stream application as a service', () => {
  it('is not ready before its first assignment, then works, and closes its sinks on stop', async () => {
    const running = await start(async () => {
      await prepared;
      return noting();
    });
    expect(await readiness(running)).toContain('waiting to start');
    expect((await fetch(`${running.url}/health`)).status).toBe(200);
    release();
    await until('ready', async () => (await readiness(running)) === true);
    await send('a', 'b');
    await until('written', () => sink.written.length === 2);
    await running.stop();
    expect([...sink.written].sort()).toEqual(['a', 'b', 'closed']);
  });

  it("gives its metrics under Kafka Streams' names, and those of its sinks", async () => {
    const running = await start(noting);
    await send('a');
    await until('written', () => sink.written.length === 1);
    await until('lag is known', async () => {
      return (await (await fetch(`${running.url}/metrics`)).text()).includes('records_lag{');
    });
    const metrics = await (await fetch(`${running.url}/metrics`)).text();
    expect(metrics).toMatch(/^process_total\{[^}]*\} 1$/m);
    expect(metrics).toMatch(/^records_lag\{[^}]*topic="input-\d+"[^}]*\} 0$/m);
    expect(metrics).toMatch(/^sink_records_total\{[^}]*\} 1$/m);
  });

  it('is not ready while a sink can not write for a wrong configuration', async () => {
    const running = await start(noting);
    await until('ready', async () => (await readiness(running)) === true);
    sink.trouble = 'PutEvents: ResourceNotFoundException';
    expect(await readiness(running)).toBe('PutEvents: ResourceNotFoundException');
    sink.trouble = undefined;
    expect(await readiness(running)).toBe(true);
  });

  it('waits for a schema registry that is down at the start', async () => {
    let tries = 0;
    const running = await start(() => {
      tries += 1;
      if (tries === 1) throw Object.assign(new Error('the registry does not answer'), { retriable: true });
      return noting();
    });
    await until('ready', async () => (await readiness(running)) === true);
    expect(tries).toBe(2);
    expect(failures).toEqual([]);
  });

  it('fails for good on an error at the start that no waiting mends', async () => {
    await start(() => {
      throw new Error('the schema is not registered');
    });
    await until('failed', () => failures.length > 0);
    expect(failures).toMatchObject([{ message: 'the schema is not registered' }]);
  });

  it('fails where the application ends in the state ERROR', async () => {
    const running = await start(noting);
    await send('poison');
    await until('failed', () => failures.length > 0);
    expect(failures).toHaveLength(1);
    expect((await fetch(`${running.url}/health`)).status).toBe(503);
  });

  it('answers for its stores where it has an address, and 503 before it has started', async () => {
    const counting = (): StreamsParts => {
      const builder = new StreamsBuilder();
      builder
        .stream(input, { key: stringSerde, value: stringSerde })
        .groupBy((_key, text) => text, { name: 'by-text', key: stringSerde, value: stringSerde })
        .count({ store: 'texts' });
      return { topology: builder.build() };
    };
    const running = await start(
      async () => {
        await prepared;
        return counting();
      },
      () => 'fail',
      { APPLICATION_SERVER: '127.0.0.1:1' },
    );
    const client = new StateQueryClient({ applicationId: `app-${runs}`, urls: [running.url] });
    const texts = client.store('texts', QueryableStoreTypes.keyValue(stringSerde, longSerde));
    await expect(texts.get('a')).rejects.toMatchObject({ reason: 'NOT_PRESENT' });
    release();
    await until('ready', async () => (await readiness(running)) === true);
    await send('a', 'b', 'a');
    await until('counted', async () => (await texts.get('a'))?.value === 2);
    expect(await texts.get('c')).toBeUndefined();

    const unknown = await fetch(`${running.url}/query`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ application: `app-${runs}`, store: 'none', query: { type: 'range' } }),
    });
    expect(unknown.status).toBe(404);
    expect(unknown.headers.get('content-type')).toBe('application/problem+json');
    expect(unknown.headers.get('x-correlation-id')).toEqual(expect.any(String));
    expect(await (await fetch(`${running.url}/stores`)).json()).toMatchObject({
      stores: [{ name: 'texts', type: 'key-value' }],
    });
    expect((await fetch(`${running.url}/instances`)).status).toBe(200);
    expect(await (await fetch(`${running.url}/metrics`)).text()).toMatch(/route="\/query"/);
  });

  it('keeps its stores to itself where it has no address', async () => {
    const running = await start(noting);
    expect((await fetch(`${running.url}/stores`)).status).toBe(404);
  });
});
