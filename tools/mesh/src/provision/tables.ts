import { createDynamoDbClient, ensureTable } from '@mesh/outbox/dynamodb';
import { region } from './aws.js';

/** The table of each service that keeps its entities in DynamoDB. */
export const tables = { songs: 'music-mesh-songs', podcasts: 'music-mesh-podcasts' } as const;

/** Creates the tables that are missing. */
export async function provisionTables(dynamoDbUrl: string): Promise<void> {
  const client = createDynamoDbClient({ endpoint: dynamoDbUrl, region });
  for (const table of Object.values(tables)) await ensureTable(client, table);
  client.destroy();
}
