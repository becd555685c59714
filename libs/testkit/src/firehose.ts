import {
  CreateDeliveryStreamCommand,
  DescribeDeliveryStreamCommand,
  FirehoseClient,
} from '@aws-sdk/client-firehose';
import { active } from './active.js';

/** A Firehose delivery stream that buffers for longer than a test runs. Settles when it can be written to. */
export async function createDeliveryStream(endpoint: string, name: string): Promise<void> {
  const firehose = new FirehoseClient({ endpoint });
  try {
    await firehose.send(
      new CreateDeliveryStreamCommand({
        DeliveryStreamName: name,
        ExtendedS3DestinationConfiguration: {
          RoleARN: 'arn:aws:iam::123456789012:role/firehose',
          BucketARN: 'arn:aws:s3:::raw',
          BufferingHints: { IntervalInSeconds: 900, SizeInMBs: 128 },
        },
      }),
    );
    await active(`the delivery stream ${name}`, async () => {
      const { DeliveryStreamDescription: stream } = await firehose.send(
        new DescribeDeliveryStreamCommand({ DeliveryStreamName: name }),
      );
      return { status: stream?.DeliveryStreamStatus };
    });
  } finally {
    firehose.destroy();
  }
}
