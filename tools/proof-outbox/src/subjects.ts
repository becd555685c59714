import { artist, user } from '@mesh/contracts';
import { ensureTable, createDynamoDbClient } from '@mesh/outbox/dynamodb';
import type { TestMesh } from '@mesh/testkit';

/** A service whose outbox is proven, and an entity of it to write. */
export interface Subject {
  readonly app: string;
  readonly topic: string;
  readonly path: string;
  /** Beside what the mesh gives to every process. */
  readonly env: Readonly<Record<string, string>>;
  /** Creates what provisioning would. */
  readonly provision: (mesh: TestMesh) => Promise<void>;
  /** An entity in whose event the mark stands as it is. */
  readonly entity: (id: string, mark: string) => object;
}

const TABLE = 'proof-songs';
const REGISTERED = Date.UTC(2024, 0, 1);

export const subjects: Readonly<Record<string, Subject>> = {
  postgres: {
    app: 'users',
    topic: user.topic,
    path: '/v1/users',
    env: {},
    provision: async () => {},
    entity: (userId, displayName) => {
      return { userId, displayName, country: 'CH', plan: 'FREE', registeredAt: REGISTERED };
    },
  },
  dynamodb: {
    app: 'songs',
    topic: artist.topic,
    path: '/v1/artists',
    env: { DYNAMODB_TABLE: TABLE },
    provision: async ({ cloud }) => {
      const endpoint = cloud.env['AWS_ENDPOINT_URL_DYNAMODB'] ?? cloud.url;
      const client = createDynamoDbClient({ endpoint, region: cloud.region });
      await ensureTable(client, TABLE);
      client.destroy();
    },
    entity: (artistId, name) => ({ artistId, name, genres: ['jazz'] }),
  },
};
