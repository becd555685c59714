import type { KafkaSecurity } from '@mesh/kafka';
import { mskIam } from '@mesh/kafka/msk-iam';
import { readFileSync } from 'node:fs';
import type { BaseConfig } from './base.js';
import type { ConfigFault, Environment } from './load.js';

const SASL = ['KAFKA_SASL_MECHANISM', 'KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'] as const;
const TLS_FILES = ['KAFKA_TLS_CA_FILE', 'KAFKA_TLS_CERT_FILE', 'KAFKA_TLS_KEY_FILE'] as const;

/** What is wrong with the variables of Kafka's security taken together; one by one the schema has checked them. */
export function kafkaSecurityFaults(env: Environment): ConfigFault[] {
  const given = (variable: string): string | undefined => env[variable]?.trim() || undefined;
  const faults: ConfigFault[] = [];
  const fault = (variable: string, what: string): void => {
    faults.push({ variable, line: `configuration: ${variable} ${what}` });
  };
  /** Credentials that are half there would be left out in silence, and the broker would refuse a stranger. */
  const requires = (variable: string, others: readonly string[]): void => {
    if (given(variable) !== undefined) return;
    const reason = others.find((other) => given(other) !== undefined);
    if (reason !== undefined) fault(variable, `is not set; ${reason} is set, which is of no use without it`);
  };
  if (given('KAFKA_SASL_MECHANISM') === 'aws-msk-iam') {
    requires('AWS_REGION', ['KAFKA_SASL_MECHANISM']);
    if (given('KAFKA_TLS') !== 'true') {
      fault('KAFKA_TLS', 'is not true; KAFKA_SASL_MECHANISM is aws-msk-iam, which MSK offers over TLS only');
    }
    for (const variable of ['KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD']) {
      if (given(variable) !== undefined)
        fault(variable, 'is set; KAFKA_SASL_MECHANISM is aws-msk-iam, which takes the credentials of AWS');
    }
  } else {
    for (const variable of SASL)
      requires(
        variable,
        SASL.filter((other) => other !== variable),
      );
  }
  requires('KAFKA_TLS_KEY_FILE', ['KAFKA_TLS_CERT_FILE']);
  requires('KAFKA_TLS_CERT_FILE', ['KAFKA_TLS_KEY_FILE']);
  const file = TLS_FILES.find((variable) => given(variable) !== undefined);
  if (file !== undefined && given('KAFKA_TLS') !== 'true') {
    fault('KAFKA_TLS', `is not true; ${file} is set, which is of no use without it`);
  }
  for (const variable of TLS_FILES) {
    const path = given(variable);
    const trouble = path === undefined ? undefined : unreadable(path);
    if (trouble !== undefined) {
      fault(
        variable,
        `is ${JSON.stringify(path)}, which can not be read (${trouble}); allowed is a PEM file`,
      );
    }
  }
  return faults;
}

/** `undefined` is PLAINTEXT. */
export function kafkaSecurity(config: BaseConfig): KafkaSecurity | undefined {
  const { KAFKA_TLS_CA_FILE: ca, KAFKA_TLS_CERT_FILE: cert, KAFKA_TLS_KEY_FILE: key } = config;
  const sasl = saslOf(config);
  if (!config.KAFKA_TLS) return sasl === undefined ? undefined : { sasl };
  const files = { ...pem('ca', ca), ...pem('cert', cert), ...pem('key', key) };
  return {
    tls: Object.keys(files).length === 0 ? true : files,
    ...(sasl === undefined ? {} : { sasl }),
  };
}

function saslOf(config: BaseConfig): KafkaSecurity['sasl'] {
  const {
    KAFKA_SASL_MECHANISM: mechanism,
    KAFKA_SASL_USERNAME: username,
    KAFKA_SASL_PASSWORD: password,
    AWS_REGION: region,
  } = config;
  if (mechanism === 'aws-msk-iam') return region === undefined ? undefined : mskIam({ region });
  if (mechanism === undefined || username === undefined || password === undefined) return undefined;
  return { mechanism, username, password };
}

function pem(part: 'ca' | 'cert' | 'key', path: string | undefined) {
  return path === undefined ? {} : { [part]: readFileSync(path, 'utf8') };
}

function unreadable(path: string): string | undefined {
  try {
    readFileSync(path);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}
