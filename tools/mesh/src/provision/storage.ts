import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { localClient } from './aws.js';

export const buckets = {
  /** Every interaction as delivered by Firehose: the backup of what is in OpenSearch. */
  interactionsRaw: 'music-mesh-interactions-raw',
  /** Every interaction by the date it occurred, for queries. */
  interactionsLanding: 'music-mesh-interactions-landing',
  /** What Personalize imports in bulk. */
  personalizeImport: 'music-mesh-personalize-import',
} as const;

export function s3Client(awsUrl: string): S3Client {
  return new S3Client({ ...localClient(awsUrl), forcePathStyle: true });
}

/** In us-east-1 creating one's own bucket again succeeds, so there is no case for it here. */
export async function provisionBuckets(awsUrl: string): Promise<void> {
  const s3 = s3Client(awsUrl);
  for (const Bucket of Object.values(buckets)) await s3.send(new CreateBucketCommand({ Bucket }));
  s3.destroy();
}
