import { Type, type Static } from '@sinclair/typebox';
import { AwsConfigProperties } from './aws.js';

/** A comma-separated list in the environment; entries are trimmed, and at least one must be there. */
export const CommaList = (description: string) =>
  Type.Array(Type.String({ minLength: 1 }), { minItems: 1, description });

/** A value that is never printed, neither in a fault nor in a log. */
export const Secret = (description: string) => Type.String({ minLength: 1, writeOnly: true, description });

/** What every service reads; the same names locally and on AWS. */
export const BaseConfigSchema = Type.Object({
  /** Name in logs, metrics and Kafka's quotas. The service's own name where absent. */
  SERVICE_NAME: Type.Optional(Type.String({ pattern: '^[a-z][a-z0-9-]{0,62}$' })),
  LOG_LEVEL: Type.Union(
    [
      Type.Literal('fatal'),
      Type.Literal('error'),
      Type.Literal('warn'),
      Type.Literal('info'),
      Type.Literal('debug'),
      Type.Literal('trace'),
      Type.Literal('silent'),
    ],
    { default: 'info' },
  ),
  HTTP_HOST: Type.String({ default: '127.0.0.1', minLength: 1 }),
  /** 0 takes a free port; the line `listening` says which. */
  HTTP_PORT: Type.Integer({ default: 0, minimum: 0, maximum: 65_535 }),
  /** Bytes a request's body may have; beyond it the answer is 413. */
  HTTP_BODY_LIMIT_BYTES: Type.Integer({ default: 1_048_576, minimum: 1_024, maximum: 104_857_600 }),
  /** How long a start waits for what does not answer, as a schema registry; then the process ends with status 70. */
  START_TIMEOUT_MS: Type.Integer({ default: 300_000, minimum: 1_000, maximum: 86_400_000 }),
  /** From the stop signal to the exit; a service still busy then is given up with status 1. */
  SHUTDOWN_TIMEOUT_MS: Type.Integer({ default: 9_500, minimum: 100, maximum: 120_000 }),
  /** How long to answer "not ready" before intake stops, so that a load balancer can look away. */
  SHUTDOWN_DELAY_MS: Type.Integer({ default: 0, minimum: 0, maximum: 60_000 }),
  /** Of an OpenTelemetry collector, as `http://127.0.0.1:4318`. Nothing is traced, and no SDK loaded, where absent. */
  OTEL_EXPORTER_OTLP_ENDPOINT: Type.Optional(Type.String({ format: 'uri' })),
  /** Which traces are recorded, by OpenTelemetry's names; a ratio of them where the name says so. */
  OTEL_TRACES_SAMPLER: Type.Union(
    [
      Type.Literal('always_on'),
      Type.Literal('always_off'),
      Type.Literal('traceidratio'),
      Type.Literal('parentbased_always_on'),
      Type.Literal('parentbased_always_off'),
      Type.Literal('parentbased_traceidratio'),
    ],
    { default: 'parentbased_always_on' },
  ),
  OTEL_TRACES_SAMPLER_ARG: Type.Number({ default: 1, minimum: 0, maximum: 1 }),
  KAFKA_BROKERS: Type.Array(Type.String({ pattern: '^(\\[[^\\]]+\\]|[^:\\s]+):\\d{1,5}$' }), {
    minItems: 1,
    description: 'a comma-separated list of host:port',
  }),
  KAFKA_DRIVER: Type.Union([Type.Literal('kafkajs'), Type.Literal('platformatic')], { default: 'kafkajs' }),
  KAFKA_TLS: Type.Boolean({ default: false }),
  /** Whom to trust besides Node's own list, and who we are. */
  KAFKA_TLS_CA_FILE: Type.Optional(Type.String({ minLength: 1 })),
  KAFKA_TLS_CERT_FILE: Type.Optional(Type.String({ minLength: 1 })),
  KAFKA_TLS_KEY_FILE: Type.Optional(Type.String({ minLength: 1 })),
  /** `aws-msk-iam` takes the SDK's credentials and `AWS_REGION`, the others a name and a password. */
  KAFKA_SASL_MECHANISM: Type.Optional(
    Type.Union([
      Type.Literal('plain'),
      Type.Literal('scram-sha-256'),
      Type.Literal('scram-sha-512'),
      Type.Literal('aws-msk-iam'),
    ]),
  ),
  KAFKA_SASL_USERNAME: Type.Optional(Type.String({ minLength: 1 })),
  KAFKA_SASL_PASSWORD: Type.Optional(Secret('the password of KAFKA_SASL_USERNAME')),
  AWS_REGION: Type.Optional(AwsConfigProperties.AWS_REGION),
});

export type BaseConfig = Static<typeof BaseConfigSchema>;
