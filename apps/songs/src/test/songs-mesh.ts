import { startDynamoDb, type LocalServer } from '@mesh/local-cloud';
import { createDynamoDbClient, ensureTable } from '@mesh/outbox/dynamodb';
import { startServiceProcess, type ServiceProcess } from '@mesh/service/testing';
import { startTestMesh, type TestMesh } from '@mesh/testkit';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
const TABLE = 'songs';

/** What the service runs against: DynamoDB apart from the rest of the cloud, so that it can be killed alone. */
export interface SongsMesh extends TestMesh {
  readonly dynamoDb: LocalServer;
  /** Starts the service as a process; it listens when this settles. */
  start(): Promise<RunningSongs>;
}

export interface RunningSongs {
  readonly process: ServiceProcess;
  readonly url: string;
}

export async function startSongsMesh(): Promise<SongsMesh> {
  const [mesh, dynamoDb] = await Promise.all([startTestMesh(), startDynamoDb()]);
  const client = createDynamoDbClient({ endpoint: dynamoDb.url, region: mesh.cloud.region });
  await ensureTable(client, TABLE);
  client.destroy();
  const env = {
    ...mesh.env,
    AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.url,
    DYNAMODB_TABLE: TABLE,
    DYNAMODB_RETRY_MS: '1000',
    OUTBOX_LEASE_MS: '1000',
  };
  return {
    ...mesh,
    dynamoDb,
    start: async () => {
      const process = startServiceProcess(MAIN, env);
      return { process, url: String((await process.line('listening')).url) };
    },
    stop: async () => {
      await Promise.all([mesh.stop(), dynamoDb.stop()]);
    },
  };
}

export interface Answer {
  readonly status: number;
  readonly etag: string | null;
  readonly retryAfter: string | null;
  readonly body: Readonly<Record<string, unknown>> | undefined;
}

/** @throws where no answer came */
export async function call(
  url: string,
  method: string,
  path: string,
  body?: object,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(url + path, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    etag: response.headers.get('etag'),
    retryAfter: response.headers.get('retry-after'),
    body: text === '' ? undefined : (JSON.parse(text) as Record<string, unknown>),
  };
}

export const artist = (artistId: string, changes: object = {}) => ({
  artistId,
  name: 'Nina Simone',
  genres: ['jazz'],
  country: 'US',
  ...changes,
});

export const song = (songId: string, changes: object = {}) => ({
  songId,
  title: 'Sinnerman',
  artistId: 'artist-1',
  artistName: 'Nina Simone',
  albumTitle: 'Pastel Blues',
  genres: ['jazz', 'soul'],
  durationMs: 620_000,
  explicit: false,
  isrc: 'USPR36502010',
  releasedAt: Date.UTC(1965, 9, 1),
  ...changes,
});
