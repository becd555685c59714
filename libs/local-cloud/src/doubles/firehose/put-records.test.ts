import {
  CreateDeliveryStreamCommand,
  DeleteDeliveryStreamCommand,
  DescribeDeliveryStreamCommand,
  FirehoseClient,
  ListDeliveryStreamsCommand,
  PutRecordBatchCommand,
  PutRecordCommand,
  type CreateDeliveryStreamCommandInput,
} from '@aws-sdk/client-firehose';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../../test/eventually.js';
import { admin, sdkConfig, serve, testOptions } from '../../test/serve.js';
import type { DoublesServer } from '../framework/server.js';
import type { ServiceDouble } from '../framework/types.js';
import { firehoseDouble, type FirehoseSettings } from './double.js';

let stateDir: string;
let server: DoublesServer;
let double: ServiceDouble;
let firehose: FirehoseClient;
let clock: number;

/** A Firehose whose clock stands still, and whose streams buffer for as long as a test runs. */
async function start(settings: Partial<FirehoseSettings> = {}): Promise<void> {
  clock = Date.UTC(2026, 0, 1);
  const now = () => clock;
  double = firehoseDouble(testOptions({ stateDir, now }), { transitionMs: 1_000, ...settings });
  server = await serve([double], { now });
  firehose = new FirehoseClient(sdkConfig(server.url));
}

beforeEach(async () => {
  stateDir = mkdtempSync(join(tmpdir(), 'firehose-'));
  await start();
});
afterEach(async () => {
  firehose.destroy();
  await server.close();
  await double.close?.();
  rmSync(stateDir, { recursive: true });
});

const role = 'arn:aws:iam::123456789012:role/firehose';
const s3 = { RoleARN: role, BucketARN: 'arn:aws:s3:::raw' };

const create = (name: string, input: Partial<CreateDeliveryStreamCommandInput> = {}) =>
  firehose.send(
    new CreateDeliveryStreamCommand({
      DeliveryStreamName: name,
      ExtendedS3DestinationConfiguration: s3,
      ...input,
    }),
  );
async function createActive(name = 'plays'): Promise<void> {
  await create(name);
  clock += 1_000;
}
const describeStream = async (name: string) =>
  (await firehose.send(new DescribeDeliveryStreamCommand({ DeliveryStreamName: name })))
    .DeliveryStreamDescription;
const putBatch = (...records: (string | Buffer)[]) =>
  firehose.send(
    new PutRecordBatchCommand({
      DeliveryStreamName: 'plays',
      Records: records.map((record) => ({ Data: Buffer.from(record) })),
    }),
  );
const counts = async () =>
  (await admin(server.url, 'firehose/counts')).body['plays'] as Record<string, number>;

describe('delivery streams', () => {
  it('are CREATING, then ACTIVE, then DELETING, then gone', async () => {
    const { DeliveryStreamARN } = await create('plays');
    expect(DeliveryStreamARN).toBe('arn:aws:firehose:eu-west-1:123456789012:deliverystream/plays');
    expect(await describeStream('plays')).toMatchObject({ DeliveryStreamStatus: 'CREATING', VersionId: '1' });
    await expect(putBatch('a')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    const remove = new DeleteDeliveryStreamCommand({ DeliveryStreamName: 'plays' });
    await expect(firehose.send(remove)).rejects.toMatchObject({ name: 'ResourceInUseException' });
    clock += 1_000;
    expect(await describeStream('plays')).toMatchObject({ DeliveryStreamStatus: 'ACTIVE' });
    await putBatch('a');
    await firehose.send(remove);
    expect(await describeStream('plays')).toMatchObject({ DeliveryStreamStatus: 'DELETING' });
    clock += 1_000;
    await expect(describeStream('plays')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await create('plays');
    clock += 1_000;
    expect(await counts()).toMatchObject({ accepted: 0, pending: 0 });
    const folders = () =>
      readdirSync(join(stateDir, 'firehose')).flatMap((one) => readdirSync(join(stateDir, 'firehose', one)));
    await eventually(folders, (all) => all.length === 1);
  });

  it('are described with the defaults of the service', async () => {
    await createActive();
    expect(await describeStream('plays')).toMatchObject({
      DeliveryStreamType: 'DirectPut',
      HasMoreDestinations: false,
      Destinations: [
        {
          ExtendedS3DestinationDescription: {
            ...s3,
            BufferingHints: { SizeInMBs: 5, IntervalInSeconds: 300 },
            CompressionFormat: 'UNCOMPRESSED',
          },
        },
      ],
    });
  });

  it('are listed by name, page by page', async () => {
    for (const name of ['c', 'a', 'b']) await create(name);
    const first = await firehose.send(new ListDeliveryStreamsCommand({ Limit: 2 }));
    expect(first).toMatchObject({ DeliveryStreamNames: ['a', 'b'], HasMoreDeliveryStreams: true });
    const rest = await firehose.send(
      new ListDeliveryStreamsCommand({ ExclusiveStartDeliveryStreamName: 'b' }),
    );
    expect(rest).toMatchObject({ DeliveryStreamNames: ['c'], HasMoreDeliveryStreams: false });
  });

  it('exist once under a name, and as many as the quota allows', async () => {
    await create('plays');
    await expect(create('plays')).rejects.toMatchObject({ name: 'ResourceInUseException' });
    firehose.destroy();
    await server.close();
    await double.close?.();
    await start({ maxStreams: 1 });
    await create('one');
    await expect(create('two')).rejects.toMatchObject({ name: 'LimitExceededException' });
  });

  it.each<[string, Partial<CreateDeliveryStreamCommandInput>, RegExp]>([
    ['two destinations', { S3DestinationConfiguration: s3 }, /Exactly one destination/],
    ['another source', { DeliveryStreamType: 'MSKAsSource' }, /only by DirectPut/],
    [
      'half of the buffering hints',
      { ExtendedS3DestinationConfiguration: { ...s3, BufferingHints: { SizeInMBs: 1 } } },
      /must be specified together/,
    ],
    [
      'a prefix that cannot be evaluated',
      { ExtendedS3DestinationConfiguration: { ...s3, Prefix: '!{timestamp:yyyy}/' } },
      /ErrorOutputPrefix cannot be null/,
    ],
    [
      'what the double does not have',
      { ExtendedS3DestinationConfiguration: { ...s3, CompressionFormat: 'ZIP' } },
      /GZIP only/,
    ],
  ])('are refused with %s', async (_, input, message) => {
    await expect(create('plays', input)).rejects.toMatchObject({ name: 'InvalidArgumentException', message });
  });
});

describe('putting records', () => {
  it('answers an id for each record', async () => {
    await createActive();
    const { RecordId } = await firehose.send(
      new PutRecordCommand({ DeliveryStreamName: 'plays', Record: { Data: Buffer.from('one') } }),
    );
    const { FailedPutCount, RequestResponses } = await putBatch('two', 'three');
    expect(FailedPutCount).toBe(0);
    const ids = [RecordId, ...(RequestResponses ?? []).map((response) => response.RecordId)];
    expect(new Set(ids.filter(Boolean)).size).toBe(3);
    expect(await counts()).toMatchObject({ accepted: 3, pending: 3, delivered: 0 });
  });

  it('takes 500 records, 4 MiB, and 1,024,000 bytes each; not more', async () => {
    await createActive();
    const largest = Buffer.alloc(1_024_000);
    await putBatch(...Array.from({ length: 500 }, (_, i) => String(i)));
    await putBatch(largest, largest, largest, largest, Buffer.alloc(4 * 1_048_576 - 4 * largest.length));
    expect(await counts()).toMatchObject({ accepted: 505 });
    const refusal = { name: 'InvalidArgumentException' };
    await expect(putBatch(...Array.from({ length: 501 }, () => ''))).rejects.toThrow(/500/);
    await expect(putBatch()).rejects.toThrow(/greater than or equal to 1/);
    await expect(putBatch(Buffer.alloc(1_024_001))).rejects.toThrow(/1024000/);
    const tooMuch = putBatch(
      largest,
      largest,
      largest,
      largest,
      Buffer.alloc(4 * 1_048_576 - 4 * largest.length + 1),
    );
    await expect(tooMuch).rejects.toMatchObject({ ...refusal, message: /4 MiB/ });
    expect(await counts()).toMatchObject({ accepted: 505 });
  });

  it('to an unknown stream fails', async () => {
    await expect(putBatch('a')).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Firehose plays under account 123456789012 not found.',
    });
  });

  it('fails single records, by index, where a fault asks for it', async () => {
    await createActive();
    await admin(server.url, 'faults', {
      service: 'firehose',
      operation: 'PutRecordBatch',
      kind: 'partial',
      count: 2,
    });
    const { FailedPutCount, RequestResponses } = await putBatch('a', 'b', 'c');
    expect(FailedPutCount).toBe(2);
    expect(RequestResponses?.map(({ ErrorCode, RecordId }) => ErrorCode ?? typeof RecordId)).toEqual([
      'ServiceUnavailableException',
      'ServiceUnavailableException',
      'string',
    ]);
    expect(await counts()).toMatchObject({ accepted: 1, pending: 1 });
  });

  it('is limited by records and bytes a second, record by record', async () => {
    await createActive();
    await admin(server.url, 'firehose/limit', { stream: 'plays', recordsPerSecond: 3, bytesPerSecond: 10 });
    const failed = async (...records: string[]) =>
      (await putBatch(...records)).RequestResponses?.map(({ ErrorCode, ErrorMessage }) => [
        ErrorCode,
        ErrorMessage,
      ]);
    const fine = [undefined, undefined];
    const slow = ['ServiceUnavailableException', 'Slow down.'];
    expect(await failed('1234567', '89012', '3', '4', '5')).toEqual([fine, slow, fine, fine, slow]);
    expect(await counts()).toMatchObject({ accepted: 3, throttled: 2 });
    const one = new PutRecordCommand({ DeliveryStreamName: 'plays', Record: { Data: Buffer.from('x') } });
    await expect(firehose.send(one)).rejects.toMatchObject({ name: 'ServiceUnavailableException' });
    clock += 1_000;
    expect(await failed('1')).toEqual([fine]);
  });

  it('is limited by requests a second, as a whole', async () => {
    await createActive();
    await admin(server.url, 'firehose/limit', { stream: 'plays', requestsPerSecond: 1 });
    await putBatch('a');
    await expect(putBatch('b')).rejects.toMatchObject({
      name: 'ServiceUnavailableException',
      message: 'Slow down.',
    });
    clock += 1_000;
    await putBatch('c');
    expect(await counts()).toMatchObject({ accepted: 2 });
  });

  it('takes nothing where one journal of the stream cannot be written', async () => {
    await create('plays', {
      ExtendedS3DestinationConfiguration: { ...s3, S3BackupMode: 'Enabled', S3BackupConfiguration: s3 },
    });
    clock += 1_000;
    const [folder] = readdirSync(join(stateDir, 'firehose'));
    rmSync(join(stateDir, 'firehose', folder!, 'backup'), { recursive: true });
    await expect(putBatch('a')).rejects.toMatchObject({
      name: 'ServiceUnavailableException',
      message: /could not be stored/,
    });
    expect(await counts()).toMatchObject({ accepted: 0, pending: 0 });
  });
});
