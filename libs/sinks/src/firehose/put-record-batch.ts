import { PutRecordBatchCommand, type FirehoseClient } from '@aws-sdk/client-firehose';
import { classifyAwsError, type KnownErrors } from '../aws/classify.js';
import type { BatchTransport, RecordFailure, Verdict } from '../batching/transport.js';

const KNOWN: KnownErrors = {
  InvalidArgumentException: 'rejected',
  // "The service is unavailable. Back off and retry": what Firehose says when a stream's throughput is exceeded.
  ServiceUnavailableException: 'throttled',
  ResourceNotFoundException: 'misconfigured',
  InvalidKMSResourceException: 'misconfigured',
  InvalidSourceException: 'misconfigured',
};

/** PutRecordBatch: an answer of 200 may hold failed records, each by its place; only those are to be sent again. */
export function putRecordBatch(client: FirehoseClient, deliveryStream: string): BatchTransport<Buffer> {
  return {
    name: 'firehose PutRecordBatch',
    async send(records, abortSignal) {
      const command = new PutRecordBatchCommand({
        DeliveryStreamName: deliveryStream,
        Records: records.map((Data) => ({ Data })),
      });
      const answer = await client.send(command, { abortSignal });
      if ((answer.FailedPutCount ?? 0) === 0) return [];
      return (answer.RequestResponses ?? []).flatMap((response, index): RecordFailure[] => {
        if (response.ErrorCode === undefined) return [];
        const verdict: Verdict = KNOWN[response.ErrorCode] === 'throttled' ? 'throttled' : 'retryable';
        return [{ index, verdict, code: response.ErrorCode, message: response.ErrorMessage ?? '' }];
      });
    },
    classify: (error) => classifyAwsError(error, KNOWN),
  };
}
