import { stateDir } from './paths.js';

/** Where the servers of a running mesh are reached. */
export interface Endpoints {
  /** Broker list. */
  readonly kafka: string;
  /** moto: S3 and what else has no double of ours. */
  readonly aws: string;
  readonly doubles: string;
  readonly openSearch: string;
  readonly postgres: string;
}

/** Whatever account the developer is signed in to, the local mesh never uses it; nobody verifies these. */
export const localAccount: Readonly<Record<string, string>> = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  AWS_SESSION_TOKEN: '',
  AWS_PROFILE: '',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'false',
};

/**
 * What every app gets: the names are those of a deployment on AWS, only the endpoints differ.
 *
 * @param data the folder of the run's data
 */
export function appEnvironment(endpoints: Endpoints, data: string): Record<string, string> {
  const { kafka, aws, doubles, postgres } = endpoints;
  return {
    KAFKA_BROKERS: kafka,
    DATABASE_URL: postgres,
    // Of those that keep state on disk.
    STATE_DIRECTORY: stateDir(data),
    AWS_ENDPOINT_URL: aws,
    AWS_ENDPOINT_URL_S3: aws,
    AWS_ENDPOINT_URL_DATAZONE: doubles,
    AWS_ENDPOINT_URL_DYNAMODB: doubles,
    AWS_ENDPOINT_URL_GLUE: doubles,
    AWS_ENDPOINT_URL_FIREHOSE: doubles,
    AWS_ENDPOINT_URL_PERSONALIZE: doubles,
    AWS_ENDPOINT_URL_PERSONALIZE_EVENTS: doubles,
    AWS_ENDPOINT_URL_PERSONALIZE_RUNTIME: doubles,
    // One instance each: after a kill nobody else could relay, and there is nothing to be gained by waiting.
    OUTBOX_LEASE_MS: '2000',
    ...localAccount,
  };
}
