import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';

export interface DynamoDbClientOptions {
  /** Absent parts come from the environment as the SDK reads it: `AWS_REGION`, `AWS_ENDPOINT_URL_DYNAMODB`. */
  readonly region?: string;
  readonly endpoint?: string;
  /** One call may take so long before it counts as failed. Milliseconds, default 2,000. */
  readonly requestTimeoutMs?: number;
  /** Connections kept open. Default 64. */
  readonly maxConnections?: number;
}

/** An SDK client that leaves retrying to the outbox, which knows what may be repeated and for how long. */
export function createDynamoDbClient(options: DynamoDbClientOptions = {}): DynamoDBClient {
  const { region, endpoint, requestTimeoutMs = 2_000, maxConnections = 64 } = options;
  const agent = { keepAlive: true, maxSockets: maxConnections };
  return new DynamoDBClient({
    maxAttempts: 1,
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    requestHandler: {
      connectionTimeout: 1_000,
      requestTimeout: requestTimeoutMs,
      throwOnRequestTimeout: true,
      httpAgent: new HttpAgent(agent),
      httpsAgent: new HttpsAgent(agent),
    },
  });
}
