import {
  CreateDeliveryStreamCommand,
  DescribeDeliveryStreamCommand,
  FirehoseClient,
} from '@aws-sdk/client-firehose';
import { account, awaitActive, ensure, localClient, region } from './aws.js';
import { buckets } from './storage.js';

export const deliveryStream = 'music-mesh-interactions';
export const index = 'interactions';
const pipeline = 'interactions-event-id';

/**
 * The index takes its documents' ids from the event: Firehose cannot set one, so without this a resent batch would
 * appear twice. It must exist before the first document, and must not be rotated.
 */
export async function provisionIndex(openSearchUrl: string): Promise<void> {
  await put(openSearchUrl, `/_ingest/pipeline/${pipeline}`, {
    description: 'One document an event, however often it is delivered',
    processors: [
      { set: { field: '_id', value: '{{{eventId}}}' } },
      { set: { field: 'indexedAt', value: '{{{_ingest.timestamp}}}' } },
    ],
  });
  if ((await fetch(`${openSearchUrl}/${index}`, { method: 'HEAD' })).ok) return;
  const keyword = { type: 'keyword' };
  await put(openSearchUrl, `/${index}`, {
    settings: {
      number_of_shards: 1,
      number_of_replicas: 0,
      refresh_interval: '1s',
      default_pipeline: pipeline,
    },
    mappings: {
      // A field nobody described is stored and not indexed, instead of failing the document.
      dynamic: false,
      properties: {
        eventId: keyword,
        eventType: keyword,
        occurredAt: { type: 'date' },
        indexedAt: { type: 'date' },
        userId: keyword,
        sessionId: keyword,
        itemId: keyword,
        itemType: keyword,
        positionMs: { type: 'long' },
        durationMs: { type: 'long' },
        producer: keyword,
        correlationId: keyword,
      },
    },
  });
}

/** The stream from the ingestor to the index, with every record also in S3. */
export async function provisionDeliveryStream(firehoseUrl: string): Promise<void> {
  const firehose = new FirehoseClient(localClient(firehoseUrl));
  const DeliveryStreamName = deliveryStream;
  const role = `arn:aws:iam::${account}:role/music-mesh-firehose`;
  await ensure('ResourceInUseException', () =>
    firehose.send(
      new CreateDeliveryStreamCommand({
        DeliveryStreamName,
        DeliveryStreamType: 'DirectPut',
        AmazonopensearchserviceDestinationConfiguration: {
          RoleARN: role,
          DomainARN: `arn:aws:es:${region}:${account}:domain/music-mesh`,
          IndexName: index,
          IndexRotationPeriod: 'NoRotation',
          BufferingHints: { IntervalInSeconds: 1, SizeInMBs: 5 },
          RetryOptions: { DurationInSeconds: 300 },
          S3BackupMode: 'AllDocuments',
          S3Configuration: {
            RoleARN: role,
            BucketARN: `arn:aws:s3:::${buckets.interactionsRaw}`,
            Prefix: 'interactions/',
            ErrorOutputPrefix: 'errors/',
            BufferingHints: { IntervalInSeconds: 60, SizeInMBs: 16 },
            CompressionFormat: 'GZIP',
          },
        },
      }),
    ),
  );
  await awaitActive(`Firehose stream ${deliveryStream}`, async () => {
    const { DeliveryStreamDescription: stream } = await firehose.send(
      new DescribeDeliveryStreamCommand({ DeliveryStreamName }),
    );
    return { status: stream?.DeliveryStreamStatus, reason: stream?.FailureDescription?.Details };
  });
  firehose.destroy();
}

async function put(openSearchUrl: string, path: string, body: object): Promise<void> {
  const answer = await fetch(openSearchUrl + path, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok)
    throw new Error(`OpenSearch refused PUT ${path} with ${answer.status}: ${await answer.text()}`);
}
