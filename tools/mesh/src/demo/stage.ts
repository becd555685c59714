import { createKafkaClient, type Admin, type KafkaClient } from '@mesh/kafka';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Hop } from '../accounting/hops.js';
import { balances, formatLedgers, ledger, type Accounted } from '../accounting/ledger.js';
import type { Catalogue } from '../listening/generate/catalogue.js';
import type { Listener } from '../listening/generate/users.js';
import type { Progress } from '../progress.js';
import type { Mesh, MeshPart } from '../supervisor/mesh.js';
import { Chaos, type Strike } from './chaos.js';
import type { Checks } from './checks.js';
import type { Gate } from './gate.js';

/** What every stage of the demo works with. */
export interface Stage {
  readonly mesh: Mesh;
  readonly catalogue: Catalogue;
  readonly listeners: readonly Listener[];
  readonly checks: Checks;
  readonly progress: Progress;
  /** Kill and restart on the way. */
  readonly chaos: boolean;
}

/** How long the hops may stand still before what is missing counts as lost. */
export const STANDSTILL_MS = 30_000;

/** Servers of the mesh that are read directly, to hold what they have against what was sent. */
export async function withKafka<T>(
  { mesh }: Stage,
  act: (client: KafkaClient, admin: Admin) => Promise<T>,
): Promise<T> {
  const client = createKafkaClient({ brokers: mesh.endpoints.kafka.split(','), clientId: 'mesh-accounting' });
  try {
    return await act(client, client.admin());
  } finally {
    await client.close();
  }
}

/** One thing to account for: what was accepted, and where it must have come to. */
export interface Account {
  /** As `interactions accepted`. */
  readonly what: string;
  readonly accepted: ReadonlySet<string>;
  readonly hops: () => Promise<readonly Hop[]>;
}

/**
 * Waits until every hop has everything that was accepted, or nothing has moved for a while.
 *
 * @returns the ledgers as they are then, in the order of the accounts
 */
export async function settle(
  { progress }: Stage,
  accounts: readonly Account[],
): Promise<readonly Accounted[]> {
  let moved = Date.now();
  let last = '';
  for (;;) {
    const ledgers: Accounted[] = [];
    for (const { what, accepted, hops } of accounts)
      ledgers.push({ what, accepted: accepted.size, rows: ledger(accepted, await hops()) });
    const seen = ledgers
      .flatMap(({ rows }) => rows)
      .map(({ hop, distinct }) => `${hop} ${distinct}`)
      .join(', ');
    progress.show(seen);
    if (ledgers.every(({ rows }) => balances(rows)) || Date.now() - moved > STANDSTILL_MS) return ledgers;
    if (seen !== last) moved = Date.now();
    last = seen;
    await sleep(500);
  }
}

/**
 * Does some work of so many steps and, with chaos, kills and restarts each victim once on the way.
 *
 * @param work sends its input through the gate where there is one
 * @param done steps done so far
 */
export async function underChaos<T>(
  { chaos, checks, progress }: Stage,
  victims: readonly MeshPart[],
  total: number,
  done: () => number,
  work: (gate?: Gate) => Promise<T>,
): Promise<T> {
  if (!chaos) return work();
  const storm = new Chaos(victims, total);
  const failed = new AbortController();
  const [result, strikes] = await Promise.all([
    work(storm.gate).catch((error: unknown) => {
      failed.abort();
      throw error;
    }),
    storm.strike(done, (line) => progress.print(line), failed.signal),
  ]);
  for (const strike of strikes) checkStrike(checks, strike, total);
  return result;
}

function checkStrike(checks: Checks, { victim, before, after }: Strike, total: number): void {
  const inTheMiddle = before > 0 && before < total;
  checks.check(
    `${victim} was killed in the middle of the work`,
    inTheMiddle,
    `at ${before}, back at ${after}`,
  );
}

/** The table of what went in and came out, and a check for each of its hops. */
export function report({ checks, progress }: Stage, title: string, ledgers: readonly Accounted[]): void {
  progress.print(`\n${title}\n${formatLedgers(ledgers)}`);
  for (const { what, rows } of ledgers) {
    for (const row of rows) {
      const seen = `${row.lost} lost, ${row.unexpected} unexpected, ${row.duplicates} duplicate effects`;
      checks.check(`${row.hop} has all ${what}, once`, balances([row]), seen);
    }
  }
}

/** Asks until it holds, at most so long as nothing may stand still. @returns true, or what was seen last */
export async function until(holds: () => Promise<true | string>): Promise<true | string> {
  const deadline = Date.now() + STANDSTILL_MS;
  for (;;) {
    const seen = await holds();
    if (seen === true || Date.now() > deadline) return seen;
    await sleep(200);
  }
}
