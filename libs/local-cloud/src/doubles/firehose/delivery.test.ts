import {
  CreateDeliveryStreamCommand,
  DescribeDeliveryStreamCommand,
  FirehoseClient,
  PutRecordBatchCommand,
  type AmazonopensearchserviceDestinationConfiguration,
  type ExtendedS3DestinationConfiguration,
} from '@aws-sdk/client-firehose';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { LocalServer } from '../../servers/local-server.js';
import { startMoto } from '../../servers/moto.js';
import { startOpenSearch } from '../../servers/opensearch.js';
import { startDoublesProcess, type DoublesProcess } from '../../test/doubles-process.js';
import { openRoad, type Road } from '../../test/road.js';
import { eventually } from '../../test/eventually.js';
import { admin, sdkConfig } from '../../test/serve.js';
import { objectStore } from '../s3/object-store.js';

let moto: LocalServer;
let openSearch: LocalServer;
/** The doubles' way to OpenSearch. */
let road: Road;
let stateDir: string;
let doubles: DoublesProcess;
let firehose: FirehoseClient;

beforeAll(async () => {
  [moto, openSearch] = await Promise.all([startMoto(), startOpenSearch({ heapMb: 256 })]);
  expect((await fetch(`${moto.url}/raw`, { method: 'PUT' })).ok).toBe(true);
  road = await openRoad(openSearch.url);
  stateDir = mkdtempSync(join(tmpdir(), 'firehose-'));
  await start();
}, 300_000);
afterAll(async () => {
  firehose?.destroy();
  await doubles?.end('SIGTERM');
  await road?.close();
  await Promise.all([moto?.stop(), openSearch?.stop()]);
  rmSync(stateDir, { recursive: true });
});

async function start(shell = ''): Promise<void> {
  const env = { DOUBLES_STATE_DIR: stateDir, MOTO_URL: moto.url, OPENSEARCH_URL: road.url };
  doubles = await startDoublesProcess(env, shell);
  firehose = new FirehoseClient(sdkConfig(doubles.url));
}

async function restart(signal: NodeJS.Signals, shell = ''): Promise<void> {
  firehose.destroy();
  await doubles.end(signal);
  await start(shell);
}

const RoleARN = 'arn:aws:iam::123456789012:role/firehose';
const hour = { SizeInMBs: 100, IntervalInSeconds: 900 };

interface Streams {
  readonly openSearch?: Partial<AmazonopensearchserviceDestinationConfiguration>;
  readonly s3?: Partial<ExtendedS3DestinationConfiguration>;
  readonly plain?: boolean;
}

/** A stream to an index of its name, or to S3, under a prefix of its name; it buffers until flushed. */
async function create(
  DeliveryStreamName: string,
  { openSearch: given, s3, plain = false }: Streams = {},
): Promise<void> {
  const target = {
    ...{ RoleARN, BucketARN: 'arn:aws:s3:::raw', BufferingHints: hour },
    ...{ Prefix: `${DeliveryStreamName}/`, ErrorOutputPrefix: `${DeliveryStreamName}-errors/` },
    ...s3,
  };
  const destination: AmazonopensearchserviceDestinationConfiguration = {
    RoleARN,
    DomainARN: 'arn:aws:es:eu-west-1:123456789012:domain/music',
    IndexName: DeliveryStreamName,
    IndexRotationPeriod: 'NoRotation',
    BufferingHints: hour,
    RetryOptions: { DurationInSeconds: 60 },
    S3Configuration: target,
    ...given,
  };
  await firehose.send(
    new CreateDeliveryStreamCommand({
      DeliveryStreamName,
      ...(plain
        ? { ExtendedS3DestinationConfiguration: target }
        : { AmazonopensearchserviceDestinationConfiguration: destination }),
    }),
  );
  await eventually(
    () => firehose.send(new DescribeDeliveryStreamCommand({ DeliveryStreamName })),
    (answer) => answer.DeliveryStreamDescription?.DeliveryStreamStatus === 'ACTIVE',
  );
}

const put = (DeliveryStreamName: string, records: readonly (object | string)[]) =>
  firehose.send(
    new PutRecordBatchCommand({
      DeliveryStreamName,
      Records: records.map((record) => ({
        Data: Buffer.from(typeof record === 'string' ? record : JSON.stringify(record)),
      })),
    }),
  );

const event = (n: number) => ({ eventId: `event-${n}`, n });
const events = (from: number, count: number) => Array.from({ length: count }, (_, i) => event(from + i));
const flush = (stream: string) => admin(doubles.url, 'firehose/flush', { stream });
const counts = async (stream: string) =>
  (await admin(doubles.url, 'firehose/counts', { stream })).body[stream] as Record<string, number>;

async function search(path: string, method = 'GET', body?: object): Promise<Record<string, unknown>> {
  const answer = await fetch(`${openSearch.url}/${path}`, {
    method,
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  return (await answer.json()) as Record<string, unknown>;
}

interface Hit {
  readonly _id: string;
  readonly _index: string;
  readonly _source: { readonly n: number };
}

async function documents(index: string): Promise<Hit[]> {
  await search(`${index}/_refresh`, 'POST');
  const { hits } = (await search(`${index}/_search?size=10000`)) as { hits: { hits: Hit[] } };
  return hits.hits;
}

/** An index that names its documents by their event id, as the mesh's does. */
async function indexByEventId(index: string): Promise<void> {
  await search('_ingest/pipeline/event-id', 'PUT', {
    processors: [{ set: { field: '_id', value: '{{{eventId}}}' } }],
  });
  await search(index, 'PUT', { settings: { default_pipeline: 'event-id', number_of_replicas: 0 } });
}

const numbers = (found: readonly Hit[]) => found.map(({ _source }) => _source.n).sort((a, b) => a - b);

async function objects(prefix: string): Promise<{ key: string; body: Buffer }[]> {
  const store = objectStore(moto.url);
  const keys = await store.list('raw', prefix);
  return Promise.all(keys.map(async (key) => ({ key, body: await store.get('raw', key) })));
}

describe('delivery to OpenSearch', () => {
  it('indexes each record under an id of its own, and backs all up to S3 as GZIP', async () => {
    await create('all', { openSearch: { S3BackupMode: 'AllDocuments' }, s3: { CompressionFormat: 'GZIP' } });
    await put('all', events(0, 500));
    await put('all', events(500, 500));
    await flush('all');
    const found = await documents('all');
    expect(numbers(found)).toEqual(events(0, 1_000).map(({ n }) => n));
    expect(new Set(found.map(({ _id }) => _id)).size).toBe(1_000);
    const backup = await objects('all/');
    expect(backup).toHaveLength(1);
    const [{ key, body }] = backup as [{ key: string; body: Buffer }];
    expect(key).toMatch(
      /^all\/\d{4}\/\d\d\/\d\d\/\d\d\/all-1-\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d-[0-9a-f-]{36}\.gz$/,
    );
    expect(gunzipSync(body).toString()).toBe(
      events(0, 1_000)
        .map((one) => JSON.stringify(one))
        .join(''),
    );
    expect(await counts('all')).toEqual({
      ...{ accepted: 1_000, delivered: 1_000, backedUp: 1_000 },
      ...{ failed: 0, pending: 0, pendingBackup: 0, throttled: 0 },
    });
  });

  it('lets the index name its documents, so that a record put twice is one document', async () => {
    await indexByEventId('named');
    await create('named');
    await put('named', events(0, 10));
    await flush('named');
    await put('named', events(5, 10));
    await flush('named');
    const found = await documents('named');
    expect(found.map(({ _id }) => _id).sort()).toEqual(
      events(0, 15)
        .map(({ eventId }) => eventId)
        .sort(),
    );
  });

  it('delivers when the buffer has its size, without being asked', async () => {
    await create('sized', { openSearch: { BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 900 } } });
    const filler = 'x'.repeat(4_000);
    const records = events(0, 200).map((one) => ({ ...one, filler }));
    await put('sized', records);
    expect(await counts('sized')).toMatchObject({ pending: 200 });
    await put('sized', records);
    await eventually(
      () => counts('sized'),
      ({ delivered }) => delivered === 400,
    );
  });

  it('delivers when the interval is over, without being asked', async () => {
    await create('timed', { openSearch: { BufferingHints: { SizeInMBs: 5, IntervalInSeconds: 1 } } });
    await put('timed', events(0, 3));
    await eventually(
      () => counts('timed'),
      ({ delivered }) => delivered === 3,
    );
    expect(numbers(await documents('timed'))).toEqual([0, 1, 2]);
  });

  it('appends the day to the index where it is rotated', async () => {
    await create('daily', { openSearch: { IndexRotationPeriod: 'OneDay' } });
    await put('daily', events(0, 1));
    await flush('daily');
    const [hit] = await documents('daily-*');
    expect(hit?._index).toMatch(/^daily-\d{4}-\d\d-\d\d$/);
  });

  it('puts what can never be indexed under the error prefix, and the rest where it belongs', async () => {
    await search('strict', 'PUT', { mappings: { properties: { n: { type: 'long' } } } });
    await create('strict');
    await put('strict', [event(1), { n: 'not a number' }, 'no JSON', '{"n":\n2}', event(3)]);
    await flush('strict');
    expect(numbers(await documents('strict'))).toEqual([1, 3]);
    const [failed, ...others] = await objects('strict-errors/');
    expect(others).toEqual([]);
    expect(failed?.key).toMatch(
      /^strict-errors\/AmazonOpenSearchService-failed\/\d{4}\/\d\d\/\d\d\/\d\d\/strict-1-/,
    );
    const entries = String(failed?.body)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const byData = new Map(
      entries.map((entry) => [Buffer.from(String(entry['rawData']), 'base64').toString(), entry]),
    );
    expect([...byData.keys()].sort()).toEqual(['no JSON', '{"n":"not a number"}', '{"n":\n2}'].sort());
    expect(byData.get('{"n":"not a number"}')).toMatchObject({
      attemptsMade: 1,
      errorCode: '400',
      errorMessage: expect.stringContaining('mapper_parsing_exception') as unknown,
      esIndexName: 'strict',
    });
    expect(await counts('strict')).toMatchObject({ accepted: 5, delivered: 2, failed: 3, pending: 0 });
  });

  it('retries while OpenSearch is away, and loses nothing', async () => {
    await create('away', { openSearch: { RetryOptions: { DurationInSeconds: 600 } } });
    await road.close();
    await put('away', events(0, 50));
    const flushed = flush('away');
    expect(await counts('away')).toMatchObject({ pending: 50, delivered: 0 });
    await road.open();
    await flushed;
    expect(numbers(await documents('away'))).toEqual(events(0, 50).map(({ n }) => n));
    expect(await counts('away')).toMatchObject({ failed: 0, pending: 0 });
  });

  it('gives up after the retry duration, and keeps the documents in S3', async () => {
    await create('closed', { openSearch: { RetryOptions: { DurationInSeconds: 0 } } });
    await search('closed', 'PUT', { settings: { 'index.blocks.write': true } });
    await put('closed', events(0, 2));
    await flush('closed');
    const [failed] = await objects('closed-errors/');
    expect(String(failed?.body).trimEnd().split('\n')).toHaveLength(2);
    expect(await counts('closed')).toMatchObject({ failed: 2, delivered: 0, pending: 0 });
  });
});

describe('delivery to S3', () => {
  it('writes one object a buffer, the records one after the other with the delimiter asked for', async () => {
    await create('lines', {
      plain: true,
      s3: {
        ProcessingConfiguration: {
          Enabled: true,
          Processors: [
            {
              Type: 'AppendDelimiterToRecord',
              Parameters: [{ ParameterName: 'Delimiter', ParameterValue: '\\n' }],
            },
          ],
        },
      },
    });
    await put('lines', ['a', 'b']);
    await flush('lines');
    await put('lines', ['c']);
    await flush('lines');
    expect((await objects('lines/')).map(({ body }) => String(body)).sort()).toEqual(['a\nb\n', 'c\n']);
  });
});

describe('what was answered', () => {
  it('is delivered after kill -9, once where the index names its documents', async () => {
    await indexByEventId('killed');
    await create('killed', { openSearch: { S3BackupMode: 'AllDocuments' } });
    await put('killed', events(0, 100));
    await flush('killed');
    await put('killed', events(100, 100));
    await restart('SIGKILL');
    await put('killed', events(200, 100));
    await flush('killed');
    expect(numbers(await documents('killed'))).toEqual(events(0, 300).map(({ n }) => n));
    const backup = (await objects('killed/')).map(({ body }) => String(body)).join('');
    expect(backup.match(/"eventId"/g)).toHaveLength(300);
  });

  it('is all there is: a batch that a full disk refused is not delivered', async () => {
    await create('full');
    // A shell's blocks are 512 bytes: files of this process end at 512 KiB.
    await restart('SIGTERM', 'ulimit -f 1024;');
    const filler = 'x'.repeat(1_000);
    const batch = (from: number) => events(from, 200).map((one) => ({ ...one, filler }));
    await put('full', batch(0));
    await put('full', batch(200));
    await expect(put('full', batch(400))).rejects.toMatchObject({ name: 'ServiceUnavailableException' });
    await flush('full');
    await put('full', batch(600));
    await flush('full');
    const expected = [...events(0, 400), ...events(600, 200)].map(({ n }) => n);
    expect(numbers(await documents('full'))).toEqual(expected);
  });
});
