import { Type } from '@sinclair/typebox';
import { describe, expect, it } from '@jest/globals';
import { CommaList, Secret } from './base.js';
import { ConfigError, parseConfig } from './load.js';

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

  it('shows no secret and no password inside a URL', () => {
    const lines = faults({
      KAFKA_SASL_MECHANISM: 'plain',
      SIGNING: '',
      LINGER_MS: 'http://me:hunter2@host/',
    });
    expect(lines).toEqual([
      'configuration: LINGER_MS is "http://***@host/"; allowed is an integer from 0 up',
    ]);
  });
});
