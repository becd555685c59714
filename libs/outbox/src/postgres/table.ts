/** Notifications on this channel wake the relay. */
export const CHANNEL = 'outbox';

/**
 * The outbox's table, for a migration of the service that owns the database.
 *
 * `sequence` is the order of publication. It is taken while the transaction holds the lock on the aggregate's row, so
 * that events of one aggregate are in the order of their versions.
 */
export const OUTBOX_TABLE = `
CREATE TABLE outbox (
  sequence       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  event_id       uuid NOT NULL,
  topic          text NOT NULL,
  aggregate_id   text NOT NULL,
  version        bigint NOT NULL CHECK (version > 0),
  occurred_at    timestamptz NOT NULL,
  value          bytea,
  headers        jsonb NOT NULL,
  transaction_id xid8 NOT NULL,
  written_at     timestamptz NOT NULL,
  refusal        text
);
COMMENT ON TABLE outbox IS 'Events committed with the data and not yet known to be in Kafka; the relay deletes them.';
COMMENT ON COLUMN outbox.headers IS 'Pairs of a name and a value in base64, or null.';
COMMENT ON COLUMN outbox.refusal IS 'Why Kafka refuses it; it and later ones of its aggregate wait until this is null.';
CREATE INDEX outbox_set_aside ON outbox (topic, aggregate_id) WHERE refusal IS NOT NULL;
`;
