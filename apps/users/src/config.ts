import { SchemaRegistryConfigProperties, Type, type BaseConfig, type Static } from '@mesh/service';

/** What this service reads from the environment, besides what every service does and the AWS SDK's own. */
export const ConfigSchema = Type.Object({
  ...SchemaRegistryConfigProperties,
  /** Must lead to sessions of its own: a pooler that shares them would share the relay's lease. */
  DATABASE_URL: Type.String({
    pattern: '^postgres(ql)?://',
    writeOnly: true,
    description: 'postgres://user:password@host:port/database',
  }),
  /** Sessions of this instance; one is the relay's. */
  DATABASE_POOL_SIZE: Type.Integer({ default: 10, minimum: 2, maximum: 200 }),
  /** After so long without the database's answer a request is answered 503. */
  DATABASE_TIMEOUT_MS: Type.Integer({ default: 3_000, minimum: 100, maximum: 60_000 }),
  /** After so long without a sign of the instance that relays, another one takes over. */
  OUTBOX_LEASE_MS: Type.Integer({ default: 10_000, minimum: 500, maximum: 300_000 }),
  /** How long the outcome of a request with an idempotency key is kept. */
  IDEMPOTENCY_HOURS: Type.Integer({ default: 24, minimum: 1, maximum: 720 }),
});

export type Config = Static<typeof ConfigSchema> & BaseConfig;
