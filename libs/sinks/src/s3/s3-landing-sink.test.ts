import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@mesh/jest/until.mjs';
import { RejectedRecordError, type SinkRecord } from '@mesh/streams';
import { startTestCloud, type TestCloud } from '@mesh/testkit';
import { randomUUID } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { S3LandingSink, type S3LandingSinkOptions } from './s3-landing-sink.js';

const NOON = Date.UTC(2026, 0, 5, 12);
const HOUR = 3_600_000;

let cloud: TestCloud;
let s3: S3Client;
let bucket: string;
let sinks: S3LandingSink<string, string>[];

beforeAll(async () => {
  cloud = await startTestCloud({ moto: true });
  s3 = new S3Client({ endpoint: cloud.moto?.url ?? '', forcePathStyle: true });
}, 120_000);
afterAll(async () => {
  s3?.destroy();
  await cloud?.close();
});
beforeEach(async () => {
  sinks = [];
  bucket = randomUUID();
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
});
afterEach(async () => {
  for (const sink of sinks) await sink.close();
});

function start(options: Partial<S3LandingSinkOptions<string, string>> = {}) {
  const sink = new S3LandingSink<string, string>({
    endpoint: cloud.moto?.url ?? '',
    bucket,
    prefix: 'raw/',
    planPrefix: 'plans/',
    encode: ({ value }) => JSON.stringify({ value }),
    backoff: { baseMs: 5, maxMs: 50 },
    ...options,
  });
  sinks.push(sink);
  const ended: (Error | undefined)[] = [];
  const write = (offset: number, timestamp = NOON, partition = 0): void => {
    const record: SinkRecord<string, string> = {
      key: 'key',
      value: `v${offset}`,
      headers: [],
      timestamp,
      topic: 'plays',
      partition,
      offset,
    };
    sink.write(record, (error) => ended.push(error));
  };
  return { sink, write, ended };
}

/** What lies in the bucket: the values by the object's name. */
async function objects(prefix = 'raw/'): Promise<Record<string, string[]>> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }));
  const entries = Contents.map(async ({ Key = '' }) => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
    const lines = gunzipSync((await Body?.transformToByteArray()) ?? '')
      .toString()
      .trimEnd()
      .split('\n');
    return [Key.slice(prefix.length), lines.map((line) => (JSON.parse(line) as { value: string }).value)];
  });
  return Object.fromEntries((await Promise.all(entries)) as [string, string[]][]);
}

describe('the S3 landing sink', () => {
  it('writes an object for each hour of the records, named after the first offset of the batch', async () => {
    const { sink, write, ended } = start();
    write(7);
    write(8, NOON + HOUR);
    write(10);
    write(3, NOON, 2);
    await sink.flush();
    expect(ended).toEqual([undefined, undefined, undefined, undefined]);
    expect(await objects()).toEqual({
      'dt=2026-01-05/hour=12/plays-0-00000000000000000007.jsonl.gz': ['v7', 'v10'],
      'dt=2026-01-05/hour=13/plays-0-00000000000000000007.jsonl.gz': ['v8'],
      'dt=2026-01-05/hour=12/plays-2-00000000000000000003.jsonl.gz': ['v3'],
    });
    expect(sink.snapshot()).toMatchObject({ records: 4, pending: 0, pendingBytes: 0 });
  });

  it('ends a batch by its age, and by its size', async () => {
    const byAge = start({ lingerMs: 30 });
    byAge.write(0);
    await until('it is landed', () => byAge.ended.length === 1);
    const bySize = start({ maxRecords: 2 });
    for (const offset of [1, 2, 3]) bySize.write(offset);
    await until('two are landed', () => bySize.ended.length === 2);
    expect(Object.values(await objects())).toEqual([['v0'], ['v1', 'v2']]);
    expect(bySize.sink.snapshot().pending).toBe(1);
  });

  it('makes the same objects when it lands the same again with other limits, beside another or after it', async () => {
    const first = start({ maxRecords: 4 });
    const second = start({ maxRecords: 10 });
    for (let offset = 0; offset < 20; offset += 1) {
      first.write(offset, NOON + (offset % 3) * HOUR);
      second.write(offset, NOON + (offset % 3) * HOUR);
    }
    await Promise.all([first.sink.flush(), second.sink.flush()]);
    const before = await objects();
    expect(Object.values(before).flat()).toHaveLength(20);
    expect(new Set(Object.values(before).flat()).size).toBe(20);
    const third = start({ maxRecords: 1 });
    for (let offset = 0; offset < 20; offset += 1) third.write(offset, NOON + (offset % 3) * HOUR);
    await third.sink.flush();
    expect(await objects()).toEqual(before);
    expect(third.ended).toHaveLength(20);
  });

  it('begins anew where a partition is read again', async () => {
    const { sink, write, ended } = start();
    write(0);
    write(1);
    for (const offset of [0, 1, 2]) write(offset);
    await sink.flush();
    expect(ended).toHaveLength(3);
    expect(Object.values(await objects())).toEqual([['v0', 'v1', 'v2']]);
  });

  it('drops nothing for a bucket that is not there, and says so', async () => {
    const missing = `${bucket}-later`;
    const { sink, write, ended } = start({ bucket: missing });
    write(0);
    void sink.flush();
    await until('the problem is known', () => sink.problem()?.includes('NoSuchBucket') === true);
    expect(ended).toEqual([]);
    await s3.send(new CreateBucketCommand({ Bucket: missing }));
    await sink.flush();
    expect(ended).toEqual([undefined]);
    expect(sink.problem()).toBeUndefined();
  });

  it('rejects a record that has no time or no line', () => {
    const { write, ended } = start({
      encode: ({ offset }) => {
        if (offset === 1) throw new Error('no line');
        return '{}';
      },
    });
    write(0, Number.NaN);
    write(1);
    expect(ended.map((error) => error instanceof RejectedRecordError)).toEqual([true, true]);
  });
});
