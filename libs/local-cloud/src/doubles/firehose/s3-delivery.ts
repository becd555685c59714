import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { ObjectStore } from '../s3/object-store.js';
import type { Deliver } from './lane.js';
import { objectKey, type ErrorOutputType, type KeySettings } from './object-keys.js';

/** Where and how a stream writes its objects. */
export interface S3Target {
  readonly store: ObjectStore;
  readonly stream: string;
  readonly version: string;
  readonly settings: KeySettings & { readonly BucketARN: string };
  readonly log: (message: string) => void;
}

const compress = promisify(gzip);
const maxBackoffMs = 5_000;

/**
 * Writes one object, and keeps at it until it is written: "Amazon Data Firehose keeps retrying for up to 24 hours until
 * the delivery succeeds" (https://docs.aws.amazon.com/firehose/latest/dev/retry.html).
 *
 * @throws only the signal's reason, once the lane is closed
 */
export async function writeObject(
  target: S3Target,
  object: {
    readonly body: Buffer;
    readonly oldestMs: number;
    readonly uuid: string;
    readonly error?: ErrorOutputType;
  },
  signal: AbortSignal,
): Promise<void> {
  const { store, settings, stream, version, log } = target;
  const bucket = settings.BucketARN.slice(settings.BucketARN.lastIndexOf(':') + 1);
  const key = objectKey(settings, { stream, version, ...object });
  const zipped = settings.CompressionFormat === 'GZIP';
  const body = zipped ? await compress(object.body) : object.body;
  for (let attempt = 0; ; attempt++) {
    signal.throwIfAborted();
    try {
      await store.put(bucket, key, body, zipped ? 'application/x-gzip' : 'application/octet-stream');
      return;
    } catch (error) {
      if (attempt === 0)
        log(`${stream}: s3://${bucket}/${key} is retried until it is written: ${String(error)}`);
    }
    await sleep(Math.min(maxBackoffMs, 100 * 2 ** attempt), undefined, { signal });
  }
}

/** Delivers a buffer as one object, its records concatenated, with `delimiter` after each. */
export function s3Delivery(target: S3Target, delimiter: string, written: (records: number) => void): Deliver {
  const separator = Buffer.from(delimiter);
  return async (segment, { data, arrivals }, signal) => {
    if (data.length > 0) {
      const body = Buffer.concat(delimiter === '' ? data : data.flatMap((record) => [record, separator]));
      await writeObject(target, { body, oldestMs: arrivals[0] ?? 0, uuid: segment.id }, signal);
    }
    written(data.length);
  };
}
