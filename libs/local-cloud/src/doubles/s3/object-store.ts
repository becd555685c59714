/** Why an object could not be read or written; `status` is S3's, or 0 where no answer came. */
export class ObjectStoreError extends Error {
  override readonly name = 'ObjectStoreError';
  readonly status: number;

  constructor(message: string, status: number, options?: { cause?: unknown }) {
    super(message, options);
    this.status = status;
  }
}

/** The little of S3 that the doubles need on their server side: moto, addressed by path. */
export interface ObjectStore {
  put(bucket: string, key: string, body: Uint8Array, contentType: string): Promise<void>;
  get(bucket: string, key: string): Promise<Buffer>;
  /** All keys under a prefix, in S3's order. */
  list(bucket: string, prefix: string): Promise<string[]>;
}

/** Moto tells services apart by the scope of the signature, and verifies none. */
const authorization =
  'AWS4-HMAC-SHA256 Credential=double/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0';

/** @param endpoint moto's URL; every call fails with what to do where there is none */
export function objectStore(endpoint: string | undefined): ObjectStore {
  const ask = async (
    method: string,
    path: string,
    init: { body?: Uint8Array; contentType?: string } = {},
  ) => {
    if (endpoint === undefined) {
      throw new ObjectStoreError(`no S3 to ${method} ${path}: start the doubles with moto's URL`, 0);
    }
    const response = await request(`${endpoint}${path}`, {
      method,
      headers: { authorization, ...(init.contentType && { 'content-type': init.contentType }) },
      ...(init.body && { body: init.body }),
    });
    if (!response.ok) {
      const text = await response.text();
      throw new ObjectStoreError(
        `S3 answered ${response.status} to ${method} ${path}: ${text.slice(0, 500)}`,
        response.status,
      );
    }
    return response;
  };
  return {
    async put(bucket, key, body, contentType) {
      const response = await ask('PUT', objectPath(bucket, key), { body, contentType });
      await response.arrayBuffer();
    },
    async get(bucket, key) {
      return Buffer.from(await (await ask('GET', objectPath(bucket, key))).arrayBuffer());
    },
    async list(bucket, prefix) {
      const keys: string[] = [];
      for (let token = ''; ;) {
        const query = new URLSearchParams({
          'list-type': '2',
          prefix,
          ...(token && { 'continuation-token': token }),
        });
        const xml = await (await ask('GET', `/${bucket}?${query.toString()}`)).text();
        for (const [, key] of xml.matchAll(/<Key>([^<]*)<\/Key>/g)) keys.push(unescapeXml(key ?? ''));
        token = unescapeXml(/<NextContinuationToken>([^<]*)</.exec(xml)?.[1] ?? '');
        if (token === '') return keys;
      }
    },
  };
}

async function request(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    throw new ObjectStoreError(`S3 at ${new URL(url).origin} cannot be reached`, 0, { cause: error });
  }
}

const objectPath = (bucket: string, key: string) =>
  `/${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const unescapeXml = (text: string) =>
  text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (all, decimal?: string, hex?: string, name?: string) => {
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    return entities[name ?? ''] ?? all;
  });
