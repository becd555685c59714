import { randomUUID } from 'node:crypto';
import { ModelledError, type Call, type Operation } from '../framework/types.js';
import type { DeliveryStream } from './delivery-stream.js';

interface Record {
  readonly Data: Buffer;
}

/** "up to a limit of 4 MiB for the entire request": of data, before base64. */
const maxBatchBytes = 4 * 1024 * 1024;

const slowDown = { code: 'ServiceUnavailableException', message: 'Slow down.' };

/**
 * PutRecord and PutRecordBatch (https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html).
 * A batch is answered 200 also where records of it failed: by index, with `ErrorCode`. Beyond a stream's throughput
 * single records fail so; a request beyond it, or a PutRecord, throws `ServiceUnavailableException`.
 *
 * @param active finds a stream that takes records, or throws `ResourceNotFoundException`
 */
export function putOperations(active: (name: string, now: number) => DeliveryStream): {
  readonly [name in 'PutRecord' | 'PutRecordBatch']: Operation;
} {
  return {
    PutRecord(input: { DeliveryStreamName: string; Record: Record }, call) {
      const now = call.now();
      const stream = active(input.DeliveryStreamName, now);
      const { Data } = input.Record;
      if (!stream.admitRequest(now) || !stream.admitRecord(Data.length, now))
        throw unavailable(slowDown.message);
      accept(stream, [Data], now);
      return { RecordId: `${randomUUID()}-0`, Encrypted: false };
    },

    PutRecordBatch(input: { DeliveryStreamName: string; Records: readonly Record[] }, call) {
      const now = call.now();
      const stream = active(input.DeliveryStreamName, now);
      const bytes = input.Records.reduce((sum, { Data }) => sum + Data.length, 0);
      if (bytes > maxBatchBytes) {
        throw new ModelledError(
          'InvalidArgumentException',
          `Records of ${bytes} bytes exceed the 4 MiB (${maxBatchBytes} bytes) a request may hold`,
        );
      }
      if (!stream.admitRequest(now)) throw unavailable(slowDown.message);
      const failures = failuresOf(stream, input.Records, call, now);
      const accepted = failures.size === 0 ? input.Records : input.Records.filter((_, i) => !failures.has(i));
      accept(
        stream,
        accepted.map(({ Data }) => Data),
        now,
      );
      const id = randomUUID();
      return {
        FailedPutCount: failures.size,
        Encrypted: false,
        RequestResponses: input.Records.map((_, i) => {
          const failure = failures.get(i);
          return failure
            ? { ErrorCode: failure.code, ErrorMessage: failure.message }
            : { RecordId: `${id}-${i}` };
        }),
      };
    },
  };
}

function failuresOf(stream: DeliveryStream, records: readonly Record[], call: Call, now: number) {
  const failures = new Map(call.partialFaults(records.length));
  records.forEach(({ Data }, i) => {
    if (!failures.has(i) && !stream.admitRecord(Data.length, now)) failures.set(i, slowDown);
  });
  return failures;
}

function accept(stream: DeliveryStream, records: readonly Buffer[], now: number): void {
  try {
    stream.accept(records, now);
  } catch (error) {
    // A full disk, most likely: nothing was taken, so the caller may try again.
    throw unavailable(
      `the records could not be stored: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

const unavailable = (message: string) => new ModelledError('ServiceUnavailableException', message);
