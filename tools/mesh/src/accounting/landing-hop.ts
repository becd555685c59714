import { GetObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import { gunzipSync } from 'node:zlib';
import type { Hop } from './hops.js';

const PREFIX = 'interactions/raw/';

/** The interactions that have landed in a bucket. Objects never change, so each is read once. */
export class Landing {
  readonly #s3: S3Client;
  readonly #bucket: string;
  /** Event ids by object. */
  readonly #read = new Map<string, readonly string[]>();

  constructor(s3: S3Client, bucket: string) {
    this.#s3 = s3;
    this.#bucket = bucket;
  }

  async hop(): Promise<Hop> {
    const where = { Bucket: this.#bucket, Prefix: PREFIX };
    for await (const { Contents = [] } of paginateListObjectsV2({ client: this.#s3 }, where)) {
      for (const { Key } of Contents) {
        if (Key !== undefined && !this.#read.has(Key)) this.#read.set(Key, await this.#idsOf(Key));
      }
    }
    const all = [...this.#read.values()].flat();
    // What landed is the topic's records as they are: one that a producer had to repeat is there as often.
    return { name: 'S3 landing', ids: new Set(all), effects: all.length, repeatsAllowed: true };
  }

  async #idsOf(key: string): Promise<readonly string[]> {
    const { Body } = await this.#s3.send(new GetObjectCommand({ Bucket: this.#bucket, Key: key }));
    if (Body === undefined) throw new Error(`object ${key} of ${this.#bucket} has no body`);
    const text = gunzipSync(await Body.transformToByteArray()).toString();
    return text
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { eventId: string }).eventId);
  }
}
