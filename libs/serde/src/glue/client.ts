import { GlueClient } from '@aws-sdk/client-glue';

/** How the Glue Schema Registry is reached. */
export interface GlueConnection {
  readonly registryName: string;
  /** Default: the SDK's own (`AWS_REGION`, the profile). */
  readonly region?: string;
  /** Default: the SDK's own (`AWS_ENDPOINT_URL_GLUE`, `AWS_ENDPOINT_URL`, AWS itself). */
  readonly endpoint?: string;
  /** Used as it is, and not closed, instead of one made from `region` and `endpoint`. */
  readonly client?: GlueClient;
  /** How long one call may take, its retries included. Milliseconds, default 10,000. */
  readonly callTimeoutMs?: number;
  /** How long a version may stay PENDING. Milliseconds, default 30,000. */
  readonly pendingTimeoutMs?: number;
}

/** What the adapters below need of {@link GlueConnection}, with everything filled in. */
export interface Glue {
  readonly client: GlueClient;
  readonly registryName: string;
  readonly callTimeoutMs: number;
  readonly pendingTimeoutMs: number;
}

export function connectGlue(connection: GlueConnection): Glue {
  const { region, endpoint } = connection;
  const client =
    connection.client ??
    new GlueClient({
      ...(region === undefined ? {} : { region }),
      ...(endpoint === undefined ? {} : { endpoint }),
      requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000 },
    });
  return {
    client,
    registryName: connection.registryName,
    callTimeoutMs: connection.callTimeoutMs ?? 10_000,
    pendingTimeoutMs: connection.pendingTimeoutMs ?? 30_000,
  };
}
