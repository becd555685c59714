import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startKafka, type KafkaServer } from '@mesh/local-cloud';
import { createKafkaClient, driverNames } from '../client.js';
import { drivers } from '../drivers/index.js';
import { mskIam } from '../msk-iam/index.js';
import type { KafkaClient, KafkaSecurity, TokenSasl } from '../port/client.js';
import { makeCertificate, type Certificate } from '../test/contract/certificate.js';
import { read, record, uniqueName, values, Listener } from '../test/contract/harness.js';
import { refusal } from '../test/contract/records.js';
import { metadataRequest } from '../wire/metadata.js';

const login = (name: string, options: string): string =>
  `org.apache.kafka.common.security.${name} required ${options};`;
const sasl = {
  'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
  'plain.sasl.jaas.config': login('plain.PlainLoginModule', 'user_alice="secret" user_mallory="secret"'),
  'scram-sha-256.sasl.jaas.config': login('scram.ScramLoginModule', ''),
  'scram-sha-512.sasl.jaas.config': login('scram.ScramLoginModule', ''),
  // Takes unsigned JSON web tokens: who they are for and until when is all that is looked at.
  'oauthbearer.sasl.jaas.config': login('oauthbearer.OAuthBearerLoginModule', ''),
};
const SESSION_MS = 12_000;

let kafka: KafkaServer;
let certificate: Certificate;

beforeAll(async () => {
  certificate = makeCertificate();
  kafka = await startKafka({
    listeners: [
      { name: 'SASL', protocol: 'SASL_PLAINTEXT', properties: sasl },
      { name: 'TLS', protocol: 'SSL', properties: certificate.properties },
      { name: 'BOTH', protocol: 'SASL_SSL', properties: { ...sasl, ...certificate.properties } },
      {
        name: 'SHORT',
        protocol: 'SASL_PLAINTEXT',
        properties: { ...sasl, 'oauthbearer.connections.max.reauth.ms': String(SESSION_MS) },
      },
    ],
    scramUsers: ['SCRAM-SHA-256=[name=alice,password=secret]', 'SCRAM-SHA-512=[name=alice,password=secret]'],
    properties: {
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'super.users': 'User:ANONYMOUS;User:alice',
    },
  });
}, 600_000);

afterAll(async () => {
  await kafka.stop();
  certificate.remove();
});

/** An unsigned JSON web token. */
function webToken(subject: string, validForSeconds = 3600): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  return `${part({ alg: 'none' })}.${part({ sub: subject, iat: now - 7200, exp: now + validForSeconds })}.`;
}

const token = (subject: string, validForSeconds?: number): TokenSasl => ({
  mechanism: 'oauthbearer',
  token: async () => webToken(subject, validForSeconds),
  identity: () => `the service ${subject}`,
});
const password = (
  mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512',
  username = 'alice',
  secret = 'secret',
) => ({ mechanism, username, password: secret });

describe.each(driverNames)('driver %s', (driver) => {
  const clients: KafkaClient[] = [];
  const client = (listener: string, security: KafkaSecurity): KafkaClient => {
    const brokers = kafka.bootstrapOf(listener).split(',');
    const made = createKafkaClient({ driver, brokers, clientId: 'contract', security });
    clients.push(made);
    return made;
  };

  afterEach(async () => {
    await Promise.all(clients.splice(0).map((made) => made.close()));
  });

  it.each<[string, string, () => KafkaSecurity]>([
    ['SASL/PLAIN', 'SASL', () => ({ sasl: password('plain') })],
    ['SASL/SCRAM-SHA-256', 'SASL', () => ({ sasl: password('scram-sha-256') })],
    ['SASL/SCRAM-SHA-512', 'SASL', () => ({ sasl: password('scram-sha-512') })],
    ['SASL/OAUTHBEARER', 'SASL', () => ({ sasl: token('alice') })],
    ['TLS', 'TLS', () => ({ tls: { ca: certificate.ca } })],
    [
      'TLS with SASL/SCRAM-SHA-512',
      'BOTH',
      () => ({ tls: { ca: certificate.ca }, sasl: password('scram-sha-512') }),
    ],
    ['TLS with SASL/OAUTHBEARER', 'BOTH', () => ({ tls: { ca: certificate.ca }, sasl: token('alice') })],
  ])('writes, reads and commits over %s', async (_, listener, security) => {
    const topic = uniqueName('topic');
    const made = client(listener, security());
    await made.admin().createTopics([{ name: topic, partitions: 1, replicationFactor: 1, config: {} }]);
    await made.producer().send([{ topic, records: [record('through')] }]);
    const consumer = made.consumer({
      groupId: uniqueName('group'),
      isolation: 'read_committed',
      offsetReset: 'earliest',
    });
    await consumer.subscribe([topic], new Listener());
    expect(values(await read(consumer, 1))).toEqual(['through']);
    await consumer.commit([{ topic, partition: 0, offset: 1 }]);
  });

  it.each<[string, KafkaSecurity['sasl'] & object, string]>([
    ['a wrong password', password('plain', 'alice', 'wrong'), 'user alice (plain)'],
    ['an unknown user', password('scram-sha-256', 'nobody'), 'user nobody (scram-sha-256)'],
    ['a token that has expired', token('alice', -3600), 'the service alice'],
  ])('says who was denied and what to check, given %s', async (_, wrong, who) => {
    const error = await refusal(client('SASL', { sasl: wrong }).admin().listTopics());
    expect(error).toMatchObject({ name: 'KafkaError', code: 'DENIED', retriable: false });
    expect((error as Error).message).toContain(`asked as ${who}: check `);
  });

  it('says which AWS identity was denied', async () => {
    const before = { ...process.env };
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 'not-a-secret' });
    try {
      // No broker but MSK takes such a token.
      const error = await refusal(
        client('SASL', { sasl: mskIam({ region: 'eu-west-1' }) })
          .admin()
          .listTopics(),
      );
      expect(error).toMatchObject({ code: 'DENIED' });
      expect((error as Error).message).toContain('asked as AWS access key AKIAEXAMPLE in eu-west-1');
    } finally {
      process.env = before;
    }
  });

  it('says who lacks which permission', async () => {
    const topic = uniqueName('topic');
    await client('TLS', { tls: { ca: certificate.ca } })
      .admin()
      .createTopics([{ name: topic, partitions: 1, replicationFactor: 1, config: {} }]);
    const mallory = client('SASL', { sasl: password('plain', 'mallory') });
    const send = mallory.producer().send([{ topic, records: [record('x')] }]);
    const error = await refusal(send);
    expect(error).toMatchObject({ code: 'DENIED', retriable: false });
    expect((error as Error).message).toMatch(
      /AUTHORIZATION_FAILED to user mallory \(plain\).*permit .* kafka-cluster:/,
    );
  });

  it('does not talk to a broker whose certificate nobody vouches for', async () => {
    const error = await refusal(client('TLS', { tls: true }).admin().listTopics());
    expect(error).toMatchObject({ code: 'DENIED' });
    expect((error as Error).message).toMatch(/certificate.*authority/);
  });

  it('tries again where the source of tokens fails, and says so', async () => {
    const outage = new Error('the identity provider is down');
    const [host = '', port = ''] = kafka.bootstrapOf('SASL').split(':');
    const connection = (await drivers[driver].load())({
      host,
      port: Number(port),
      clientId: 'contract',
      security: { sasl: { mechanism: 'oauthbearer', token: async () => Promise.reject(outage) } },
      logger: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
      connectTimeoutMs: 10_000,
      requestTimeoutMs: 10_000,
    });
    const error = await refusal(connection.open());
    connection.destroy(new Error('the end'));
    expect(error).toMatchObject({ code: 'UNAVAILABLE', retriable: true });
    expect((error as Error).message).toContain('the token source failed: the identity provider is down');

    let asked = 0;
    const flaky: TokenSasl = {
      mechanism: 'oauthbearer',
      token: async () => (asked++ === 0 ? Promise.reject(outage) : webToken('alice')),
    };
    await client('SASL', { sasl: flaky }).admin().listTopics();
    expect(asked).toBeGreaterThan(1);
  });

  it('renews a session that the broker limits, while requests go on', async () => {
    const [host = '', port = ''] = kafka.bootstrapOf('SHORT').split(':');
    let tokens = 0;
    const connectionTo = await drivers[driver].load();
    const connection = connectionTo({
      host,
      port: Number(port),
      clientId: 'contract',
      security: { sasl: { mechanism: 'oauthbearer', token: async () => (tokens++, webToken('alice')) } },
      logger: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
      connectTimeoutMs: 10_000,
      requestTimeoutMs: 10_000,
    });
    await connection.open();
    const end = Date.now() + SESSION_MS * 1.2;
    // Beyond its limit the broker closes a session at the next request, and at any that comes within its renewal.
    const ask = async (): Promise<void> => {
      while (tokens < 2 || Date.now() < end) await connection.send(metadataRequest([]));
    };
    await Promise.all([ask(), ask(), ask()]);
    connection.destroy(new Error('the end'));
  });
});
