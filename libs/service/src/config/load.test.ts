import { Type } from '@sinclair/typebox';
import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SchemaRegistryConfigProperties } from './aws.js';
import { CommaList, Secret } from './base.js';
import { kafkaSecurity } from './kafka-security.js';
import { ConfigError, defaultsOf, parseConfig } from './load.js';

const schema = Type.Object({
  LINGER_MS: Type.Integer({ default: 100, minimum: 0 }),
  RATIO: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
  ENABLED: Type.Boolean({ default: false }),
  TOPICS: Type.Optional(CommaList('topics')),
  ENDPOINT: Type.Optional(Type.String({ format: 'uri' })),
  SIGNING: Type.Optional(Secret('a key of 32 characters')),
});
const base = { KAFKA_BROKERS: 'a:1' };

function faults(env: Record<string, string>): readonly string[] {
  try {
    parseConfig(schema, { ...base, ...env });
  } catch (error) {
    if (error instanceof ConfigError) return error.faults.map((fault) => fault.line);
    throw error;
  }
  return [];
}

describe('defaultsOf', () => {
  it('is what variables are where none is set, and refuses those that must be set', () => {
    expect(defaultsOf(schema.properties)).toEqual({ LINGER_MS: 100, ENABLED: false });
    expect(() => defaultsOf({ NEEDED: Type.String() })).toThrow('Expected required property');
  });
});

describe('parseConfig', () => {
  it('fills in the defaults of the service and of every service', () => {
    expect(parseConfig(schema, base)).toEqual({
      LINGER_MS: 100,
      ENABLED: false,
      LOG_LEVEL: 'info',
      HTTP_HOST: '127.0.0.1',
      HTTP_PORT: 0,
      HTTP_BODY_LIMIT_BYTES: 1_048_576,
      START_TIMEOUT_MS: 300_000,
      SHUTDOWN_TIMEOUT_MS: 9_500,
      SHUTDOWN_DELAY_MS: 0,
      KAFKA_BROKERS: ['a:1'],
      KAFKA_DRIVER: 'kafkajs',
      KAFKA_TLS: false,
      OTEL_TRACES_SAMPLER: 'parentbased_always_on',
      OTEL_TRACES_SAMPLER_ARG: 1,
    });
  });

  it('converts numbers, booleans and lists, and leaves out what the schema does not name', () => {
    const config = parseConfig(schema, {
      KAFKA_BROKERS: 'a:1, b:2',
      LINGER_MS: '5',
      RATIO: '0.25',
      ENABLED: 'true',
      TOPICS: 'x,y',
      HOME: '/root',
    });
    expect(config).toMatchObject({ KAFKA_BROKERS: ['a:1', 'b:2'], LINGER_MS: 5, RATIO: 0.25, ENABLED: true });
    expect(config.TOPICS).toEqual(['x', 'y']);
    expect(config).not.toHaveProperty('HOME');
  });

  it('takes an empty variable as not set', () => {
    expect(parseConfig(schema, { ...base, LINGER_MS: '' }).LINGER_MS).toBe(100);
    expect(parseConfig(schema, { ...base, RATIO: ' ' })).not.toHaveProperty('RATIO');
  });

  it('reports every faulty variable, each in one line with what was given and what is allowed', () => {
    expect(
      faults({ LINGER_MS: 'soon', RATIO: '2', ENABLED: 'yes', ENDPOINT: 'nowhere', LOG_LEVEL: 'loud' }),
    ).toEqual(
      expect.arrayContaining([
        'configuration: LINGER_MS is "soon"; allowed is an integer from 0 up',
        'configuration: RATIO is "2"; allowed is a number from 0 to 1',
        'configuration: ENABLED is "yes"; allowed is true or false',
        'configuration: ENDPOINT is "nowhere"; allowed is a uri',
        'configuration: LOG_LEVEL is "loud"; allowed is one of fatal, error, warn, info, debug, trace, silent',
      ]),
    );
    expect(faults({ LINGER_MS: 'soon', RATIO: '2' })).toHaveLength(2);
  });

  it('keeps a fault in one line whatever was given', () => {
    const [line] = faults({ LINGER_MS: `1\n2${'x'.repeat(500)}` });
    expect(line).not.toContain('\n');
    expect(line?.length).toBeLessThan(200);
  });

  it.each(['a:1,', 'a', 'a:port', 'a:1;b:2'])('names a broker list that is none: %s', (given) => {
    expect(faults({ KAFKA_BROKERS: given })).toEqual([
      `configuration: KAFKA_BROKERS is "${given}"; allowed is a comma-separated list of host:port`,
    ]);
  });

  it('wants the credentials for Kafka whole, and names both variables where one lacks', () => {
    expect(faults({ KAFKA_SASL_MECHANISM: 'plain' })).toEqual([
      'configuration: KAFKA_SASL_USERNAME is not set; KAFKA_SASL_MECHANISM is set, which is of no use without it',
      'configuration: KAFKA_SASL_PASSWORD is not set; KAFKA_SASL_MECHANISM is set, which is of no use without it',
    ]);
    expect(faults({ KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'me' })).toEqual([
      'configuration: KAFKA_SASL_PASSWORD is not set; KAFKA_SASL_MECHANISM is set, which is of no use without it',
    ]);
    expect(faults({ KAFKA_SASL_USERNAME: 'me', KAFKA_SASL_PASSWORD: 'hunter2' })).toEqual([
      'configuration: KAFKA_SASL_MECHANISM is not set; KAFKA_SASL_USERNAME is set, which is of no use without it',
    ]);
    const all = { KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'me', KAFKA_SASL_PASSWORD: 'hunter2' };
    expect(faults(all)).toEqual([]);
    expect(faults({ ...all, KAFKA_SASL_MECHANISM: 'rot13' })).toEqual([
      'configuration: KAFKA_SASL_MECHANISM is "rot13"; allowed is one of plain, scram-sha-256, scram-sha-512, aws-msk-iam',
    ]);
  });

  it('takes the credentials of AWS where Kafka is MSK with IAM', () => {
    const iam = { KAFKA_SASL_MECHANISM: 'aws-msk-iam', KAFKA_TLS: 'true', AWS_REGION: 'eu-west-1' };
    expect(faults(iam)).toEqual([]);
    expect(kafkaSecurity(parseConfig(schema, { ...base, ...iam }))).toMatchObject({
      tls: true,
      sasl: { mechanism: 'oauthbearer' },
    });
    expect(faults({ ...iam, AWS_REGION: '', KAFKA_TLS: 'false', KAFKA_SASL_USERNAME: 'me' })).toEqual([
      'configuration: AWS_REGION is not set; KAFKA_SASL_MECHANISM is set, which is of no use without it',
      'configuration: KAFKA_TLS is not true; KAFKA_SASL_MECHANISM is aws-msk-iam, which MSK offers over TLS only',
      'configuration: KAFKA_SASL_USERNAME is set; KAFKA_SASL_MECHANISM is aws-msk-iam, which takes the credentials of AWS',
    ]);
  });

  it('wants the address of a registry that is not Glue', () => {
    expect(faults({ SCHEMA_FRAMING: 'confluent' })).toEqual([
      'configuration: SCHEMA_REGISTRY_URL is not set; SCHEMA_FRAMING is confluent, which needs it',
    ]);
    expect(faults({ SCHEMA_FRAMING: 'confluent', SCHEMA_REGISTRY_URL: 'http://registry:8081' })).toEqual([]);
  });

  it('wants the files for TLS to be there, in pairs, and TLS to be on', () => {
    const there = fileURLToPath(import.meta.url);
    expect(faults({ KAFKA_TLS: 'true', KAFKA_TLS_CA_FILE: '/no/ca.pem' })).toEqual([
      'configuration: KAFKA_TLS_CA_FILE is "/no/ca.pem", which can not be read (ENOENT); allowed is a PEM file',
    ]);
    expect(faults({ KAFKA_TLS: 'true', KAFKA_TLS_CERT_FILE: there })).toEqual([
      'configuration: KAFKA_TLS_KEY_FILE is not set; KAFKA_TLS_CERT_FILE is set, which is of no use without it',
    ]);
    expect(faults({ KAFKA_TLS_CA_FILE: there })).toEqual([
      'configuration: KAFKA_TLS is not true; KAFKA_TLS_CA_FILE is set, which is of no use without it',
    ]);
    const env = { ...base, KAFKA_TLS: 'true', KAFKA_TLS_CA_FILE: there };
    expect(kafkaSecurity(parseConfig(schema, env))).toEqual({ tls: { ca: readFileSync(there, 'utf8') } });
    expect(kafkaSecurity(parseConfig(schema, { ...base, KAFKA_TLS: 'true' }))).toEqual({ tls: true });
    expect(kafkaSecurity(parseConfig(schema, base))).toBeUndefined();
  });

  it("wants a region where an application talks to AWS, as the SDK's first call would", () => {
    const talking = Type.Object(SchemaRegistryConfigProperties);
    const linesOf = (env: Record<string, string>) => {
      try {
        parseConfig(talking, { ...base, ...env });
        return [];
      } catch (error) {
        return (error as ConfigError).faults.map(({ line }) => line);
      }
    };
    expect(linesOf({})).toEqual([
      'configuration: AWS_REGION is not set; it must be a region of AWS, as eu-central-1',
    ]);
    expect(linesOf({ AWS_REGION: 'Frankfurt' })).toEqual([
      'configuration: AWS_REGION is "Frankfurt"; allowed is a region of AWS, as eu-central-1',
    ]);
    for (const region of ['us-east-1', 'us-gov-west-1', 'eusc-de-east-1']) {
      expect(linesOf({ AWS_REGION: region })).toEqual([]);
    }
  });

  it('shows no secret and no password inside a URL', () => {
    const lines = faults({
      SIGNING: '',
      LINGER_MS: 'http://me:hunter2@host/',
    });
    expect(lines).toEqual([
      'configuration: LINGER_MS is "http://***@host/"; allowed is an integer from 0 up',
    ]);
  });
});
