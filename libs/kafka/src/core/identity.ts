import type { KafkaSecurity } from '../port/client.js';
import { KafkaError } from '../port/errors.js';

/** Who a client says it is, for messages. */
export function identityOf(security: KafkaSecurity | undefined): string {
  const sasl = security?.sasl;
  switch (sasl?.mechanism) {
    case undefined:
      return hasCertificate(security) ? 'the holder of the client certificate' : 'an anonymous client';
    case 'oauthbearer':
      return sasl.identity?.() ?? 'the bearer of the token';
    case 'plain':
    case 'scram-sha-256':
    case 'scram-sha-512':
      return `user ${sasl.username} (${sasl.mechanism})`;
  }
}

/** A refused authentication, with who asked and what to do. */
export function denied(error: KafkaError, security: KafkaSecurity | undefined): KafkaError {
  const advice =
    security?.sasl?.mechanism === 'oauthbearer'
      ? 'check that the broker trusts who issues the token, that it has not expired, and that it may connect (MSK IAM: kafka-cluster:Connect)'
      : 'check name, password and mechanism against what the broker knows';
  return new KafkaError('DENIED', `${error.message}; asked as ${identityOf(security)}: ${advice}`, {
    cause: error,
  });
}

function hasCertificate(security: KafkaSecurity | undefined): boolean {
  return typeof security?.tls === 'object' && security.tls.cert !== undefined;
}
