import {
  startDoubles,
  startDynamoDb,
  startMoto,
  startOpenSearch,
  startPostgres,
  type LocalServer,
} from '@mesh/local-cloud';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The region and the credentials of every test; the latter sign requests that nobody verifies. */
const aws = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };

export interface TestCloudOptions {
  /** S3 and the rest of moto, in Python. */
  readonly moto?: boolean;
  /** Takes some 10 s and 400 MB. */
  readonly openSearch?: boolean;
  /** Its `url` becomes `DATABASE_URL`. */
  readonly postgres?: boolean;
  /** In a process of its own, to be killed apart from the other doubles, of which it is one otherwise. */
  readonly dynamoDb?: boolean;
}

/** A fault for calls to come; all options are in `libs/local-cloud`. */
export interface FaultSpec {
  readonly service: string;
  readonly operation?: string;
  readonly kind: string;
  readonly [option: string]: unknown;
}

/** AWS for a test: the doubles in this process, with state of their own, and the servers asked for beside them. */
export interface TestCloud {
  readonly region: string;
  /** The doubles' endpoint; the same after {@link TestCloud.restart}. */
  readonly url: string;
  /** Endpoints, region and credentials under the SDK's own names, for a process under test. */
  readonly env: Readonly<Record<string, string>>;
  /** Where asked for. */
  readonly moto: LocalServer | undefined;
  readonly openSearch: LocalServer | undefined;
  readonly postgres: LocalServer | undefined;
  readonly dynamoDb: LocalServer | undefined;
  /** What the doubles answer at `/_double/<path>`. @throws where it is no success */
  admin(path: string, body?: object, method?: string): Promise<Record<string, unknown>>;
  fault(spec: FaultSpec): Promise<void>;
  /** Calls of an operation since the start, or the last {@link calm}. */
  calls(service: string, operation: string): Promise<number>;
  /** Ends all faults and sets the counts of calls to nothing. */
  calm(): Promise<void>;
  /** An outage of the doubles: connections are refused. What they answered survives. */
  stop(): Promise<void>;
  /** Ends the outage, on the same port. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

interface Stats {
  readonly services?: Record<string, Record<string, { readonly calls: number } | undefined> | undefined>;
}

/** Also puts region and credentials into this process's environment, where the SDK's clients of a test read them. */
export async function startTestCloud(options: TestCloudOptions = {}): Promise<TestCloud> {
  Object.assign(process.env, aws);
  const stateDir = mkdtempSync(join(tmpdir(), 'mesh-test-'));
  const [moto, openSearch, postgres, dynamoDb] = await Promise.all([
    options.moto === true ? startMoto() : undefined,
    options.openSearch === true ? startOpenSearch() : undefined,
    options.postgres === true ? startPostgres() : undefined,
    options.dynamoDb === true ? startDynamoDb() : undefined,
  ]);
  const start = (port = 0) =>
    startDoubles({
      stateDir,
      port,
      region: aws.AWS_REGION,
      log: () => {},
      ...(moto === undefined ? {} : { motoUrl: moto.url }),
      ...(openSearch === undefined ? {} : { openSearchUrl: openSearch.url }),
    });
  let doubles = await start();
  let running = true;
  const { url } = doubles;
  const admin = async (path: string, body: object = {}, method = 'POST') => {
    const response = await fetch(`${url}/_double/${path}`, {
      method,
      ...(method === 'POST' ? { body: JSON.stringify(body) } : {}),
    });
    const answer = (await response.json()) as Record<string, unknown>;
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
    return answer;
  };
  const stop = async (): Promise<void> => {
    if (!running) return;
    running = false;
    await doubles.close();
  };
  return {
    region: aws.AWS_REGION,
    url,
    env: {
      ...aws,
      AWS_ENDPOINT_URL: url,
      ...(moto === undefined ? {} : { AWS_ENDPOINT_URL_S3: moto.url }),
      ...(postgres === undefined ? {} : { DATABASE_URL: postgres.url }),
      ...(dynamoDb === undefined ? {} : { AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.url }),
    },
    moto,
    openSearch,
    postgres,
    dynamoDb,
    admin,
    fault: async (spec) => void (await admin('faults', spec)),
    calls: async (service, operation) => {
      const { services }: Stats = await admin('stats', {}, 'GET');
      return services?.[service]?.[operation]?.calls ?? 0;
    },
    calm: async () => {
      await admin('faults', {}, 'DELETE');
      await admin('reset-stats');
    },
    stop,
    restart: async () => {
      await stop();
      doubles = await start(Number(new URL(url).port));
      running = true;
    },
    close: async () => {
      await Promise.all([stop(), moto?.stop(), openSearch?.stop(), postgres?.stop(), dynamoDb?.stop()]);
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}
