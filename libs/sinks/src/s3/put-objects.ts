import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { classifyAwsError, type KnownErrors } from '../aws/classify.js';
import type { BatchTransport } from '../batching/transport.js';
import { LandingPlanError, parsePlan, type LandingPlan } from './landing-plan.js';

/** An object of a batch; one of the same name holds the same, so it is overwritten. */
export interface DataUpload {
  readonly kind: 'data';
  readonly key: string;
  readonly body: Buffer;
  /** The `done` of the records in it, as the sink was handed them. */
  readonly writes: readonly ((error?: Error) => void)[];
}

/** The batch's plan; one that is there stays, and is the one that counts. */
export interface PlanUpload {
  readonly kind: 'plan';
  readonly key: string;
  /** Ours; after the upload, the one that is there. */
  plan: LandingPlan;
}

export type Upload = DataUpload | PlanUpload;

const KNOWN: KnownErrors = {
  // Two conditional writes of one key met: one of them is there the next time.
  ConditionalRequestConflict: 'retryable',
  RequestTimeTooSkewed: 'misconfigured',
};

/** PutObject, one object a call. Plans are written only where there is none (`If-None-Match: *`). */
export function putObjects(client: S3Client, bucket: string): BatchTransport<Upload> {
  return {
    name: 's3 PutObject',
    async send(uploads, abortSignal) {
      for (const upload of uploads) {
        if (upload.kind === 'plan') await putPlan(client, bucket, upload, abortSignal);
        else {
          const { key: Key, body: Body } = upload;
          const headers = { ContentType: 'application/x-ndjson', ContentEncoding: 'gzip' };
          await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body, ...headers }), { abortSignal });
        }
      }
      return [];
    },
    writesOf: (upload) => (upload.kind === 'data' ? upload.writes : []),
    classify(error) {
      if (error instanceof LandingPlanError) {
        return { verdict: 'misconfigured', code: error.name, message: error.message, cause: error };
      }
      const failure = classifyAwsError(error, KNOWN);
      // An object is not a record: whatever is wrong with it, no record may be dropped for it.
      return failure.verdict === 'rejected' ? { ...failure, verdict: 'misconfigured' } : failure;
    },
  };
}

async function putPlan(
  client: S3Client,
  bucket: string,
  upload: PlanUpload,
  abortSignal: AbortSignal,
): Promise<void> {
  const { key: Key } = upload;
  const Body = JSON.stringify(upload.plan);
  const put = { Bucket: bucket, Key, Body, ContentType: 'application/json', IfNoneMatch: '*' };
  try {
    await client.send(new PutObjectCommand(put), { abortSignal });
  } catch (error) {
    if (!(error instanceof Error && error.name === 'PreconditionFailed')) throw error;
    const found = await client.send(new GetObjectCommand({ Bucket: bucket, Key }), { abortSignal });
    upload.plan = parsePlan((await found.Body?.transformToString()) ?? '', `s3://${bucket}/${Key}`);
  }
}
