import { createKafkaClient } from '@mesh/kafka';
import { setTimeout as sleep } from 'node:timers/promises';
import { indexHop, topicHop, type Hop } from '../accounting/hops.js';
import { balances, formatLedger, ledger, type LedgerRow } from '../accounting/ledger.js';
import { personalizeHop } from '../accounting/personalize-hop.js';
import { numbered, type ListeningEvent } from '../listening/event.js';
import { generateCatalogue } from '../listening/generate/catalogue.js';
import { generateListeningLog, startOfLogEndingBefore } from '../listening/generate/log.js';
import { generateListeners } from '../listening/generate/users.js';
import { replay } from '../listening/replay/replay.js';
import type { Progress } from '../progress.js';
import { index } from '../provision/analytics.js';
import type { Mesh } from '../supervisor/mesh.js';
import { burst, listenerOfBoth } from './burst.js';
import { Chaos } from './chaos.js';
import type { Checks } from './checks.js';
import { recommendationsFor, type Recommendations } from './read-api.js';
import { compareTrends } from './trends.js';

export interface DemoOptions {
  readonly interactions: number;
  /** Events a second; as fast as it goes where absent. */
  readonly rate?: number;
  readonly seed: string;
  /** Kill and restart each app and the broker on the way. */
  readonly chaos: boolean;
}

/** How long the hops may stand still before what is missing counts as lost. */
const STANDSTILL_MS = 30_000;
const SHOWN = 10;

/** Replays a listening log through a running mesh, shows what comes out, and checks every promise on the way. */
export async function runDemo(
  mesh: Mesh,
  options: DemoOptions,
  checks: Checks,
  progress: Progress,
): Promise<void> {
  const print = (line: string) => progress.print(line);
  const { interactions, seed } = options;
  // The items and users that provisioning imported; the seed is the log's.
  const catalogue = generateCatalogue();
  const listeners = generateListeners();
  // The log ends just now, so that what follows it is news.
  const source = { seed, catalogue, listeners, count: interactions };
  const startsAt = startOfLogEndingBefore(Date.now(), source);
  const accepted = new Set<string>();
  const heard = new Set<string>();
  const plays: ListeningEvent[] = [];
  const send = (events: Parameters<typeof replay>[0]) =>
    replay(events, {
      url: () => mesh.appUrl('interactions'),
      ...(options.rate === undefined ? {} : { rate: options.rate }),
      onAccepted: ({ event }) => {
        accepted.add(event.eventId);
        if (event.eventType === 'PLAY') plays.push(event);
        heard.add(event.userId);
      },
      onProgress: ({ sent, elapsedMs }) =>
        progress.show(
          `${sent.toLocaleString('en-GB')} interactions, ${Math.round((sent / elapsedMs) * 1000)}/s`,
        ),
    });

  print(
    `\nReplaying ${interactions.toLocaleString('en-GB')} interactions through ${mesh.appUrl('interactions')}`,
  );
  const log = numbered(generateListeningLog({ ...source, startsAt }));
  const chaos = options.chaos ? new Chaos(mesh.victims(), interactions) : undefined;
  const failed = new AbortController();
  const [sent, strikes] = await Promise.all([
    send(chaos ? chaos.gate.through(log) : log).catch((error: unknown) => {
      failed.abort();
      throw error;
    }),
    chaos?.strike(() => accepted.size, print, failed.signal) ?? [],
  ]);
  print(
    `${sent.accepted.toLocaleString('en-GB')} accepted in ${(sent.elapsedMs / 1000).toFixed(1)} s ` +
      `(${Math.round((sent.accepted / sent.elapsedMs) * 1000)}/s), ${sent.rejectedCount} rejected, ${sent.retries} sent again`,
  );
  checks.check(
    'the API accepts the whole log',
    accepted.size === interactions,
    `${accepted.size} of ${interactions}`,
  );
  for (const { victim, eventsBefore, eventsAfter } of strikes) {
    checks.check(
      `${victim} was killed in the middle of the work`,
      eventsBefore > 0 && eventsBefore < interactions,
      `at ${eventsBefore} events, back at ${eventsAfter}`,
    );
  }
  await settle(mesh, accepted, progress);

  const listener = listenerOfBoth(listeners, heard);
  print(`\nWhat ${listener.userId} is recommended, who likes ${describeTastes(listener.tastes)}`);
  const api = mesh.appUrl('recommendations');
  const before = await recommendationsFor(api, listener.userId, SHOWN);
  const skipped = before.items.slice(0, 3).map(({ itemId }) => itemId);
  const acts = burst(listener, catalogue, skipped, Date.now());
  await send(numbered(acts));
  const rows = await settle(mesh, accepted, progress);
  const after = await recommendationsFor(api, listener.userId, SHOWN);
  const titles = new Map(catalogue.items.map((item) => [item.itemId, item.title]));
  printSideBySide(before, after, titles, print);
  const afterIds = after.items.map(({ itemId }) => itemId);
  checks.check(
    'recommendations come from Personalize',
    before.source === 'personalize' && after.source === 'personalize',
    `${before.source}, then ${after.source}`,
  );
  checks.check(
    'recommendations change after a burst of new interactions',
    afterIds.join() !== before.items.map(({ itemId }) => itemId).join(),
    `${afterIds.filter((id) => !before.items.some((item) => item.itemId === id)).length} of ${SHOWN} are new`,
  );
  const kinds = [...new Set(afterIds.map((id) => id.split('-')[0]))].sort().join(' and ');
  checks.check('recommendations hold songs and podcasts', kinds === 'episode and song', kinds);
  checks.check(
    'recommendations leave out what was just skipped',
    skipped.length === 3 && !skipped.some((id) => afterIds.includes(id)),
    `skipped ${skipped.join(', ')}`,
  );

  const trends = await compareTrends(api, plays, STANDSTILL_MS);
  print(`\nMost played, ${trends.windowStart ?? '?'} to ${trends.windowEnd ?? '?'}`);
  for (const { itemId, plays: count } of trends.items)
    print(`  ${String(count).padStart(5)}  ${titles.get(itemId) ?? itemId}`);
  checks.check(
    'the most played items of the last window are counted right',
    trends.items.length > 0 && trends.wrong.length === 0,
    `${trends.items.length} items, ${trends.wrong.length} with another count than the log has`,
  );

  print(`\nEvery event accounted for\n${formatLedger(accepted.size, rows)}`);
  for (const row of rows) {
    checks.check(
      `${row.hop} has every accepted event once`,
      balances([row]),
      `${row.lost} lost, ${row.unexpected} unexpected, ${row.duplicates} duplicate effects`,
    );
  }
}

/** Waits until every hop has every accepted event, or nothing has moved for a while. @returns the ledger as it is then */
async function settle(
  mesh: Mesh,
  accepted: ReadonlySet<string>,
  progress: Progress,
): Promise<readonly LedgerRow[]> {
  let moved = Date.now();
  let last = '';
  for (;;) {
    const rows = ledger(accepted, await hops(mesh));
    const seen = rows.map(({ hop, distinct }) => `${hop} ${distinct}`).join(', ');
    progress.show(seen);
    if (balances(rows) || Date.now() - moved > STANDSTILL_MS) return rows;
    if (seen !== last) moved = Date.now();
    last = seen;
    await sleep(500);
  }
}

async function hops(mesh: Mesh): Promise<readonly Hop[]> {
  const { kafka, doubles, openSearch } = mesh.endpoints;
  const client = createKafkaClient({ brokers: kafka.split(','), clientId: 'mesh-accounting' });
  try {
    return [
      await topicHop(client, client.admin(), 'interactions'),
      await personalizeHop(doubles),
      await indexHop(openSearch, index),
    ];
  } finally {
    await client.close();
  }
}

function describeTastes(tastes: {
  genres: ReadonlyMap<string, number>;
  topics: ReadonlyMap<string, number>;
}): string {
  return `songs (${[...tastes.genres.keys()].join(', ')}) and podcasts (${[...tastes.topics.keys()].join(', ')})`;
}

function printSideBySide(
  before: Recommendations,
  after: Recommendations,
  titles: ReadonlyMap<string, string>,
  print: (line: string) => void,
): void {
  const name = (item: { itemId: string } | undefined) =>
    item === undefined ? '' : `${item.itemId}  ${titles.get(item.itemId) ?? ''}`;
  print(`  ${'before'.padEnd(50)}after the burst`);
  for (let rank = 0; rank < Math.max(before.items.length, after.items.length); rank += 1) {
    print(`  ${name(before.items[rank]).slice(0, 48).padEnd(50)}${name(after.items[rank])}`);
  }
}
