import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';

/** Where a sink's service is; absent parts come from the environment as the SDK reads it. */
export interface AwsOptions {
  readonly region?: string;
  readonly endpoint?: string;
  /** One call may take so long before it counts as failed. Milliseconds, default 10,000. */
  readonly requestTimeoutMs?: number;
}

/**
 * Options for an SDK client that leaves retrying to the sink, which knows order, rate and what to do with a poison
 * record, and that keeps one connection per call in flight open.
 */
export function sdkClientOptions(options: AwsOptions, maxInFlight: number) {
  const agent = { keepAlive: true, maxSockets: maxInFlight };
  return {
    maxAttempts: 1,
    ...(options.region === undefined ? {} : { region: options.region }),
    ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
    requestHandler: {
      connectionTimeout: 3_000,
      requestTimeout: options.requestTimeoutMs ?? 10_000,
      throwOnRequestTimeout: true,
      httpAgent: new HttpAgent(agent),
      httpsAgent: new HttpsAgent(agent),
    },
  };
}
