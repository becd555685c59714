import { entityEvent, user } from '@mesh/contracts';
import { Relay } from '@mesh/outbox';
import { postgresOutboxSource } from '@mesh/outbox/postgres';
import { createAvroSerde, openSchemaRegistry } from '@mesh/serde';
import { addEntityRoutes, exportSamples, type ServiceContext, type StartedService } from '@mesh/service';
import { setTimeout as sleep } from 'node:timers/promises';
import { migrate } from './adapters/postgres/migrate.js';
import { migrations } from './adapters/postgres/migrations.js';
import { createPool } from './adapters/postgres/pool.js';
import { forgetOutcomes } from './adapters/postgres/requests.js';
import { PostgresUsers } from './adapters/postgres/users.js';
import type { Config } from './config.js';
import { userDefinition } from './domain/user.js';

const CLEANING_INTERVAL_MS = 10 * 60_000;

/** Puts the parts together: HTTP → Postgres, and from its outbox → Kafka. */
export async function startUsers(context: ServiceContext<Config>): Promise<StartedService> {
  const { config, http, kafka, log, metrics, tracing, name: service } = context;
  const registry = await openSchemaRegistry(config);
  const serde = await createAvroSerde({ contract: user, registry });
  const pool = createPool({
    url: config.DATABASE_URL,
    size: config.DATABASE_POOL_SIZE,
    timeoutMs: config.DATABASE_TIMEOUT_MS,
    applicationName: service,
    onError: (error) => log.warn({ err: error }, 'a session of the database was cut'),
  });
  try {
    const applied = await migrate(pool, migrations);
    if (applied.length > 0) log.info({ applied }, 'migrated the database');
  } catch (error) {
    await pool.end();
    throw error;
  }

  const users = new PostgresUsers({
    pool,
    event: (change) => tracing.carry(entityEvent(user, { ...change, producer: service }, serde)),
  });
  addEntityRoutes(http, userDefinition, users);
  const relay = new Relay({
    source: postgresOutboxSource({ pool, leaseTimeoutMs: config.OUTBOX_LEASE_MS }),
    kafka,
    transactionalId: `${service}-outbox`,
    log: log.child({ component: 'outbox' }),
    tracing,
  });
  exportSamples(metrics, () => relay.metrics());

  const closing = new AbortController();
  const clean = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      try {
        await forgetOutcomes(pool, config.IDEMPOTENCY_HOURS);
      } catch (error) {
        log.warn({ err: error }, 'old outcomes could not be forgotten; trying again later');
      }
      await sleep(CLEANING_INTERVAL_MS, undefined, { signal: closing.signal }).catch((error: unknown) => {
        if (!closing.signal.aborted) throw error;
      });
    }
  };
  let running: Promise<unknown> | undefined;
  return {
    run: async () => {
      running = Promise.all([relay.run(), clean()]);
      await running;
    },
    close: async () => {
      closing.abort();
      await relay.close();
      await running;
      await pool.end();
    },
  };
}
