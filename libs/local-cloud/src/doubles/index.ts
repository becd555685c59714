import { join } from 'node:path';
import { botocoreDataDir } from '../install/python.js';
import { datazoneDouble, type DataZoneSettings } from './datazone/index.js';
import { dynamoDbDouble, type DynamoDbSettings } from './dynamodb/index.js';
import { firehoseDouble, type FirehoseSettings } from './firehose/index.js';
import { loadServiceModel } from './framework/model.js';
import { serveDoubles } from './framework/server.js';
import type { DoubleOptions } from './framework/types.js';
import { glueDouble, type GlueDoubleSettings } from './glue/index.js';
import { FileJournals } from './journal/file-journals.js';
import { personalizeDoubles, type PersonalizeSettings } from './personalize/index.js';

export interface DoublesOptions {
  /** Where what was answered survives a killed process. */
  readonly stateDir: string;
  /** On 127.0.0.1; 0 or none for a free one. */
  readonly port?: number;
  /** moto's endpoint: S3 for Firehose and Personalize's imports, the Glue Data Catalog for Glue and DataZone. */
  readonly motoUrl?: string;
  /** OpenSearch's endpoint, for Firehose. */
  readonly openSearchUrl?: string;
  /** Default `123456789012`, moto's own. */
  readonly accountId?: string;
  /** The region in ARNs. Default `AWS_REGION`, else `us-east-1`. */
  readonly region?: string;
  /** botocore's names of those to serve. Default: all. */
  readonly services?: readonly string[];
  readonly dynamoDb?: Partial<DynamoDbSettings>;
  readonly glue?: GlueDoubleSettings;
  readonly firehose?: Partial<FirehoseSettings>;
  readonly personalize?: Partial<PersonalizeSettings>;
  readonly datazone?: Partial<DataZoneSettings>;
  /** Where botocore's service models are; installed with moto where it is left out. */
  readonly modelsDir?: string;
  /** Default: lines on stderr. */
  readonly log?: (message: string) => void;
}

export interface Doubles {
  /** One endpoint for every service, and for `/_double`. */
  readonly url: string;
  /** Ends deliveries, writes the journals and closes the port. */
  close(): Promise<void>;
}

/**
 * Starts the doubles of DynamoDB, Glue Schema Registry, Firehose, Personalize, Personalize Events, Personalize Runtime and
 * DataZone in this process.
 *
 * @throws DoublesError where a model is missing or a journal is damaged.
 */
export async function startDoubles(options: DoublesOptions): Promise<Doubles> {
  const { stateDir, motoUrl, openSearchUrl } = options;
  const log = options.log ?? ((message: string) => void process.stderr.write(`doubles: ${message}\n`));
  const modelsDir = options.modelsDir ?? (await botocoreDataDir());
  const journals = new FileJournals(join(stateDir, 'journals'), { log });
  const shared: DoubleOptions = {
    journals,
    stateDir,
    now: () => Date.now(),
    accountId: options.accountId ?? '123456789012',
    region: options.region ?? process.env['AWS_REGION'] ?? 'us-east-1',
    log,
    ...(motoUrl === undefined ? {} : { motoUrl }),
    ...(openSearchUrl === undefined ? {} : { openSearchUrl }),
  };
  const all = [
    glueDouble(shared, options.glue),
    dynamoDbDouble(shared, options.dynamoDb),
    firehoseDouble(shared, options.firehose),
    ...personalizeDoubles(shared, options.personalize),
    datazoneDouble(shared, options.datazone),
  ];
  const doubles = all.filter(({ service }) => options.services?.includes(service) ?? true);
  const models = new Map(doubles.map(({ service }) => [service, loadServiceModel(modelsDir, service)]));
  const server = await serveDoubles(
    { doubles, models, durability: journals, now: shared.now, log },
    options.port,
  );
  return {
    url: server.url,
    close: async () => {
      await server.close();
      await Promise.all(all.map(async (double) => double.close?.()));
      journals.close();
    },
  };
}
