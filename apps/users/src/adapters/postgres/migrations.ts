import { OUTBOX_TABLE } from '@mesh/outbox/postgres';
import type { Migration } from './migrate.js';

/** The row of a deleted user keeps id and version, and nothing of a person; outcomes are forgotten later. */
const USERS = `
CREATE TABLE users (
  user_id          text PRIMARY KEY,
  version          bigint NOT NULL CHECK (version > 0),
  display_name     text,
  country          text,
  birth_year       integer,
  plan             text,
  favourite_genres text[],
  registered_at    timestamptz,
  changed_at       timestamptz NOT NULL,
  deleted          boolean NOT NULL,
  CONSTRAINT users_whole_or_deleted CHECK (
    CASE WHEN deleted
      THEN num_nonnulls(display_name, country, birth_year, plan, favourite_genres, registered_at) = 0
      ELSE num_nulls(display_name, country, plan, favourite_genres, registered_at) = 0
    END
  )
);`;

/** Outcomes of requests with an idempotency key, and with them users as they were, until they are forgotten. */
const REQUESTS = `
CREATE TABLE requests (
  key         text PRIMARY KEY,
  fingerprint text NOT NULL,
  outcome     jsonb NOT NULL,
  made_at     timestamptz NOT NULL
);
CREATE INDEX requests_made_at ON requests (made_at);`;

/** In the order in which they are applied; one that was applied is never changed: another is added. */
export const migrations: readonly Migration[] = [
  { version: 1, name: 'users', sql: USERS },
  { version: 2, name: 'outbox', sql: OUTBOX_TABLE },
  { version: 3, name: 'requests', sql: REQUESTS },
];
