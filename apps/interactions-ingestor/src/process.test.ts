import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { interaction, type Interaction } from '@mesh/contracts';
import { until } from '@mesh/jest/until.mjs';
import type { ProducerRecord } from '@mesh/kafka';
import { createAvroCodec, glueHeader, writeGlueFrame } from '@mesh/serde';
import { registerSchema } from '@mesh/serde/glue';
import { startServiceProcess, startTraceCollector, type ServiceProcess } from '@mesh/service/testing';
import {
  createDeliveryStream,
  plays,
  startTestCloud,
  startTestMesh,
  type TestCloud,
  type TestMesh,
} from '@mesh/testkit';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const STREAM = 'interactions';

let mesh: TestMesh;
/** Apart from the schema registry, which is stopped. */
let firehose: TestCloud;
const started: ServiceProcess[] = [];

beforeAll(async () => {
  [mesh, firehose] = await Promise.all([startTestMesh(), startTestCloud()]);
  await createDeliveryStream(firehose.url, STREAM);
}, 120_000);
afterAll(async () => {
  await Promise.all([mesh?.stop(), firehose?.close()]);
});
afterEach(async () => {
  for (const { child, exit } of started.splice(0)) {
    child.kill('SIGKILL');
    await exit;
  }
});

function start(env: Readonly<Record<string, string>> = {}): ServiceProcess {
  const service = startServiceProcess(MAIN, {
    ...mesh.env,
    AWS_ENDPOINT_URL_FIREHOSE: firehose.url,
    FIREHOSE_DELIVERY_STREAM: STREAM,
    // Slow enough for a stop to land in the middle.
    FIREHOSE_BYTES_PER_SECOND: '500000',
    ...env,
  });
  started.push(service);
  return service;
}

async function accepted(): Promise<number> {
  return Number(((await firehose.admin('firehose/counts'))[STREAM] as { accepted: number }).accepted);
}

const GROUP = 'interactions-ingestor';
const done = (): Promise<number> => mesh.committed(GROUP, interaction.topic);

/** Records read and not yet processed, over all partitions. */
async function lag(url: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return [...metrics.matchAll(/^records_lag\{[^}]*\} (\d+)/gm)].reduce((sum, [, n]) => sum + Number(n), 0);
}

/** Records of a producer that writes a newer version of the contract than this service knows. */
async function ofNewerVersion(events: readonly Interaction[]): Promise<ProducerRecord[]> {
  const added = { name: 'device', type: ['null', 'string'], default: null, doc: 'What it was heard on.' };
  const { fields, ...record } = interaction.schema as { fields: object[] };
  const schema = { ...record, fields: [...fields, added] };
  const { versionId } = await registerSchema({
    registryName: 'music-mesh',
    endpoint: mesh.cloud.url,
    schemaName: interaction.schemaName,
    definition: JSON.stringify(schema),
  });
  const codec = createAvroCodec(schema);
  return events.map((event) => ({
    key: Buffer.from(event.userId),
    value: writeGlueFrame(glueHeader(versionId, 'none'), codec.encode({ ...event, device: 'radio' })),
    timestamp: event.occurredAt,
  }));
}

describe('the process of interactions-ingestor', () => {
  it('repeats and loses nothing over an orderly stop', async () => {
    await mesh.publish(interaction, plays(10_000));
    const first = start();
    await until('some are written', async () => (await accepted()) > 1_000);
    first.child.kill('SIGTERM');
    expect(await first.exit).toBe(0);
    expect(await accepted()).toBeLessThan(10_000);
    expect(await done()).toBe(await accepted());

    const second = start();
    await until('all are written', async () => (await accepted()) === 10_000);
    second.child.kill('SIGTERM');
    expect(await second.exit).toBe(0);
    expect(await accepted()).toBe(10_000);
    expect(await done()).toBe(10_000);
  }, 120_000);

  it('waits for a schema registry that is down when it starts', async () => {
    await mesh.cloud.stop();
    const service = start();
    const url = String((await service.line('listening')).url);
    expect(await service.line('can not start yet, and waits')).toMatchObject({
      level: 'warn',
      err: { code: 'REGISTRY_UNAVAILABLE' },
    });
    const ready = await fetch(`${url}/ready`);
    expect(ready.status).toBe(503);
    expect(((await ready.json()) as { detail: string }).detail).toMatch(/^waiting to start: .*registry/);
    expect((await fetch(`${url}/health`)).status).toBe(200);
    await mesh.cloud.restart();
    await until('it is ready', async () => (await fetch(`${url}/ready`)).ok);
  }, 120_000);

  it('goes on without the schema registry, waits where it meets a version it does not know, and loses nothing', async () => {
    const [before, acceptedBefore] = [await done(), await accepted()];
    const service = start();
    const url = String((await service.line('listening')).url);
    await mesh.publish(interaction, plays(200));
    await until('the first are done', async () => (await done()) === before + 200);

    const newer = await ofNewerVersion(plays(100));
    await mesh.cloud.stop();
    const known = await Promise.all(plays(200).map((event) => mesh.record(interaction, event)));
    await mesh.send(interaction.topic, known);
    await until('what needs no registry is done', async () => (await done()) === before + 400);
    await mesh.send(interaction.topic, [...newer, ...known]);
    // The known ones come after newer ones in each partition.
    await until('the rest waits', async () => (await lag(url)) === 300);
    // Not for an orchestrator to mend: it lives, keeps its partitions, and lag is what alarms.
    expect((await fetch(`${url}/health`)).status).toBe(200);
    expect((await fetch(`${url}/ready`)).status).toBe(200);
    expect(await done()).toBe(before + 400);

    await mesh.cloud.restart();
    await until('all are done', async () => (await done()) === before + 700);
    expect(await accepted()).toBe(acceptedBefore + 700);
    expect(await mesh.deadLetters(interaction.topic)).toEqual([]);
    expect(service.child.exitCode).toBeNull();
  }, 120_000);

  it('puts each interaction into its trace, and links the calls of Firehose to all they carry', async () => {
    const collector = await startTraceCollector();
    const traceOf = (index: number): string => (index + 1).toString(16).padStart(32, '0');
    const records = await Promise.all(
      plays(20).map(async (event, index) => {
        const record = await mesh.record(interaction, event);
        const traceparent = Buffer.from(`00-${traceOf(index)}-00000000000000aa-01`);
        return { ...record, headers: [...(record.headers ?? []), ['traceparent', traceparent] as const] };
      }),
    );
    const before = await done();
    const service = start({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
    await mesh.send(interaction.topic, records);
    await until('all are done', async () => (await done()) === before + 20);
    service.child.kill('SIGTERM');
    expect(await service.exit).toBe(0);
    const of = (name: string) => collector.spans.filter((span) => span.name === name);
    const spans = of('interactions to firehose');
    expect(spans.map(({ traceId }) => traceId).sort()).toEqual(records.map((_, index) => traceOf(index)));
    expect(new Set(spans.map(({ parentSpanId }) => parentSpanId))).toEqual(new Set(['00000000000000aa']));
    const linked = of('firehose PutRecordBatch').flatMap(({ links }) => links ?? []);
    expect(linked.map(({ spanId }) => spanId).sort()).toEqual(spans.map(({ spanId }) => spanId).sort());
    await collector.close();
  }, 120_000);

  it('ends with 78 and says what a stream is called', async () => {
    const service = start({ FIREHOSE_DELIVERY_STREAM: 'a stream' });
    expect(await service.exit).toBe(78);
    expect(service.stderr()).toBe(
      'configuration: FIREHOSE_DELIVERY_STREAM is "a stream"; allowed is the name of a Firehose delivery stream\n',
    );
  });
});
