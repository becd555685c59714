import { createDynamoDbClient, ensureTable } from '@mesh/outbox/dynamodb';
import { startServiceProcess, type ServiceProcess } from '@mesh/service/testing';
import { startTestMesh, type TestMesh } from '@mesh/testkit';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
const TABLE = 'songs';

/** What the service runs against: DynamoDB apart from the rest of the cloud, so that it can be killed alone. */
export interface SongsMesh extends TestMesh {
  /** The service's DynamoDB stops answering, until it is {@link restartDynamoDb started again}. */
  killDynamoDb(): Promise<void>;
  restartDynamoDb(): Promise<void>;
  /** Starts the service as a process; it listens when this settles. */
  start(): Promise<RunningSongs>;
}

export interface RunningSongs {
  readonly process: ServiceProcess;
  readonly url: string;
}

export async function startSongsMesh(): Promise<SongsMesh> {
  const mesh = await startTestMesh({ dynamoDb: true });
  const { dynamoDb } = mesh.cloud;
  if (dynamoDb === undefined) throw new Error('asked for, and not started');
  const client = createDynamoDbClient({ endpoint: dynamoDb.url, region: mesh.cloud.region });
  await ensureTable(client, TABLE);
  client.destroy();
  const env = {
    ...mesh.env,
    DYNAMODB_TABLE: TABLE,
    DYNAMODB_RETRY_MS: '1000',
    OUTBOX_LEASE_MS: '1000',
  };
  return {
    ...mesh,
    killDynamoDb: () => dynamoDb.kill(),
    restartDynamoDb: () => dynamoDb.restart(),
    start: async () => {
      const process = startServiceProcess(MAIN, env);
      return { process, url: String((await process.line('listening')).url) };
    },
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
