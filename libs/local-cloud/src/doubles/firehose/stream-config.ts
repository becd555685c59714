import { ModelledError } from '../framework/types.js';
import { checkPrefixes, type KeySettings } from './object-keys.js';

/** Members of `S3DestinationConfiguration` and of its extended form that the double acts on or gives back. */
export interface S3Settings extends KeySettings {
  readonly RoleARN: string;
  readonly BucketARN: string;
  readonly BufferingHints: { readonly SizeInMBs: number; readonly IntervalInSeconds: number };
  readonly CompressionFormat: string;
  readonly EncryptionConfiguration: object;
}

/** Members of `AmazonopensearchserviceDestinationConfiguration`, with the service's defaults filled in. */
export interface OpenSearchSettings {
  readonly RoleARN: string;
  readonly DomainARN?: string;
  readonly ClusterEndpoint?: string;
  readonly IndexName: string;
  readonly TypeName?: string;
  readonly IndexRotationPeriod: string;
  readonly BufferingHints: { readonly SizeInMBs: number; readonly IntervalInSeconds: number };
  readonly RetryOptions: { readonly DurationInSeconds: number };
  readonly S3BackupMode: string;
  readonly DocumentIdOptions: { readonly DefaultDocumentIdFormat: string };
}

/** Where a stream delivers to. */
export type Destination =
  | { readonly kind: 'opensearch'; readonly settings: OpenSearchSettings; readonly s3: S3Settings }
  | {
      readonly kind: 's3';
      readonly settings: S3Settings;
      readonly delimiter: string;
      readonly backup?: S3Settings;
    };

type Members = Readonly<Record<string, unknown>>;

/** What CreateDeliveryStream is asked for. */
export interface CreateInput extends Members {
  readonly DeliveryStreamName: string;
  readonly DeliveryStreamType?: string;
  readonly S3DestinationConfiguration?: Members;
  readonly ExtendedS3DestinationConfiguration?: Members;
  readonly AmazonopensearchserviceDestinationConfiguration?: Members;
}

const invalid = (message: string) => new ModelledError('InvalidArgumentException', message);

/**
 * The destination a stream is created with: exactly one
 * (https://docs.aws.amazon.com/firehose/latest/APIReference/API_CreateDeliveryStream.html).
 *
 * @throws ModelledError `InvalidArgumentException`, also for what AWS has and this double has not
 */
export function destinationOf(input: CreateInput): Destination {
  if ((input.DeliveryStreamType ?? 'DirectPut') !== 'DirectPut') {
    throw invalid(`the local Firehose takes records only by DirectPut, not from ${input.DeliveryStreamType}`);
  }
  const given = Object.keys(input).filter((member) => member.endsWith('DestinationConfiguration'));
  if (given.length !== 1)
    throw invalid(`Exactly one destination configuration is required, got ${given.length}`);
  if (input.AmazonopensearchserviceDestinationConfiguration) {
    return openSearch(input.AmazonopensearchserviceDestinationConfiguration);
  }
  const s3 = input.ExtendedS3DestinationConfiguration ?? input.S3DestinationConfiguration;
  if (!s3) throw invalid(`the local Firehose has no destination of ${given[0]}`);
  for (const member of ['DataFormatConversionConfiguration', 'DynamicPartitioningConfiguration']) {
    if ((s3[member] as { Enabled?: boolean } | undefined)?.Enabled)
      throw invalid(`the local Firehose has no ${member}`);
  }
  const settings = s3Settings(s3);
  const backup =
    s3['S3BackupMode'] === 'Enabled' ? (s3['S3BackupConfiguration'] as Members | undefined) : undefined;
  if (s3['S3BackupMode'] === 'Enabled' && !backup)
    throw invalid('S3BackupMode is Enabled without S3BackupConfiguration');
  return { kind: 's3', settings, delimiter: delimiterOf(s3), ...(backup && { backup: s3Settings(backup) }) };
}

function openSearch(members: Members): Destination {
  const given = members as Partial<OpenSearchSettings> & { S3Configuration: Members };
  if ((given.DomainARN === undefined) === (given.ClusterEndpoint === undefined)) {
    throw invalid('Specify either DomainARN or ClusterEndpoint');
  }
  if (/[A-Z\s,"*\\<|>/?#]/.test(given.IndexName ?? ''))
    throw invalid(`Invalid index name: ${given.IndexName}`);
  refuseProcessing(members, []);
  const { S3Configuration, ...rest } = given;
  return {
    kind: 'opensearch',
    settings: {
      ...(rest as OpenSearchSettings),
      IndexRotationPeriod: given.IndexRotationPeriod ?? 'OneDay',
      BufferingHints: { ...defaultHints, ...given.BufferingHints },
      RetryOptions: { DurationInSeconds: 300, ...given.RetryOptions },
      S3BackupMode: given.S3BackupMode ?? 'FailedDocumentsOnly',
      DocumentIdOptions: given.DocumentIdOptions ?? { DefaultDocumentIdFormat: 'FIREHOSE_DEFAULT' },
    },
    s3: s3Settings(S3Configuration),
  };
}

const defaultHints = { SizeInMBs: 5, IntervalInSeconds: 300 };

function s3Settings(members: Members): S3Settings {
  const given = members as Partial<S3Settings>;
  const hints = given.BufferingHints as Partial<S3Settings['BufferingHints']> | undefined;
  if (hints && (hints.SizeInMBs === undefined) !== (hints.IntervalInSeconds === undefined)) {
    throw invalid('BufferingHints: SizeInMBs and IntervalInSeconds must be specified together');
  }
  const CompressionFormat = given.CompressionFormat ?? 'UNCOMPRESSED';
  if (CompressionFormat !== 'UNCOMPRESSED' && CompressionFormat !== 'GZIP') {
    throw invalid(`the local Firehose compresses with GZIP only, not ${CompressionFormat}`);
  }
  checkPrefixes(given);
  return {
    ...(given as S3Settings),
    BufferingHints: { ...defaultHints, ...hints },
    CompressionFormat,
    EncryptionConfiguration: given.EncryptionConfiguration ?? { NoEncryptionConfig: 'NoEncryption' },
  };
}

interface Processor {
  readonly Type: string;
  readonly Parameters?: readonly { readonly ParameterName: string; readonly ParameterValue: string }[];
}

/** "AppendDelimiterToRecord" is the one processor the double has; AWS writes the new line as the two letters `\n`. */
function delimiterOf(members: Members): string {
  const [processor] = refuseProcessing(members, ['AppendDelimiterToRecord']);
  if (!processor) return '';
  const value = processor.Parameters?.find(
    ({ ParameterName }) => ParameterName === 'Delimiter',
  )?.ParameterValue;
  return (value ?? '\\n').replaceAll('\\n', '\n');
}

function refuseProcessing(members: Members, supported: readonly string[]): readonly Processor[] {
  const processing = members['ProcessingConfiguration'] as
    { Enabled?: boolean; Processors?: Processor[] } | undefined;
  if (!processing?.Enabled) return [];
  const processors = processing.Processors ?? [];
  const other = processors.find(({ Type }) => !supported.includes(Type));
  if (other) throw invalid(`the local Firehose has no processor of type ${other.Type} for this destination`);
  return processors;
}

/** A destination as DescribeDeliveryStream gives it back. */
export function describeDestination(destination: Destination): object {
  const DestinationId = 'destinationId-000000000001';
  if (destination.kind === 'opensearch') {
    const { settings, s3 } = destination;
    const description = { ...without(settings, ['VpcConfiguration']), S3DestinationDescription: plainS3(s3) };
    return { DestinationId, AmazonopensearchserviceDestinationDescription: description };
  }
  const { backup, settings } = destination;
  return {
    DestinationId,
    ExtendedS3DestinationDescription: {
      ...without(settings, ['S3BackupConfiguration']),
      ...(backup && { S3BackupDescription: plainS3(backup) }),
    },
    S3DestinationDescription: plainS3(settings),
  };
}

/** An S3 destination without what only the extended form has. */
const plainS3 = (settings: S3Settings) =>
  without(settings, [
    'ProcessingConfiguration',
    'S3BackupMode',
    'S3BackupConfiguration',
    'DataFormatConversionConfiguration',
    'DynamicPartitioningConfiguration',
    'FileExtension',
    'CustomTimeZone',
  ]);

const without = (members: object, names: readonly string[]) =>
  Object.fromEntries(Object.entries(members).filter(([name]) => !names.includes(name)));
