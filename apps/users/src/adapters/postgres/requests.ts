import type { ChangeContext, Idempotency, KeyReusedOutcome } from '@mesh/service';
import type { ClientBase, Pool } from 'pg';

type Session = Pick<ClientBase, 'query'>;

/** The outcome of an earlier request of this key. */
export async function earlierOutcome<O extends object>(
  session: Session,
  idempotency: Idempotency,
): Promise<O | KeyReusedOutcome | undefined> {
  const { rows } = await session.query<{ fingerprint: string; outcome: O }>({
    name: 'earlier-outcome',
    text: 'SELECT fingerprint, outcome FROM requests WHERE key = $1',
    values: [idempotency.key],
  });
  const [row] = rows;
  if (row === undefined) return undefined;
  // A fingerprint tells creating from replacing and deleting, so the outcome is one of the same kind.
  return row.fingerprint === idempotency.fingerprint ? row.outcome : { outcome: 'key-reused' };
}

/**
 * Keeps an outcome with the change that it is of.
 * @returns false where the same request is being served a second time and was faster: this change must not be made
 */
export async function keepOutcome(
  session: Session,
  { idempotency }: ChangeContext,
  outcome: object,
): Promise<boolean> {
  if (idempotency === undefined) return true;
  const { rowCount } = await session.query({
    name: 'keep-outcome',
    text: `INSERT INTO requests (key, fingerprint, outcome, made_at) VALUES ($1, $2, $3, now())
      ON CONFLICT (key) DO NOTHING`,
    values: [idempotency.key, idempotency.fingerprint, JSON.stringify(outcome)],
  });
  return rowCount === 1;
}

/** How many outcomes one statement forgets: far fewer than take as long as a statement may. */
const PORTION = 1_000;
/** Instances that forget at the same time do not wait for each other. */
const FORGET = `
DELETE FROM requests WHERE key IN (
  SELECT key FROM requests WHERE made_at < now() - make_interval(hours => $1)
  ORDER BY made_at LIMIT $2 FOR UPDATE SKIP LOCKED
)`;

/** Forgets outcomes that nobody will ask for any more, some at a time. @returns how many */
export async function forgetOutcomes(pool: Pool, olderThanHours: number): Promise<number> {
  for (let forgotten = 0; ;) {
    const { rowCount } = await pool.query(FORGET, [olderThanHours, PORTION]);
    forgotten += rowCount ?? 0;
    if ((rowCount ?? 0) < PORTION) return forgotten;
  }
}
