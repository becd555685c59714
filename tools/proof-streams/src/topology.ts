import { JoinWindows, longSerde, nullable, stringSerde, StreamsBuilder, TimeWindows } from '@mesh/streams';
import type { Topology } from '@mesh/streams';

export const APPLICATION_ID = 'proof-chaos';
export const PARTITIONS = 4;

export const inputs = {
  /** User → `group:id`. */
  clicks: 'clicks',
  /** User → id. */
  views: 'views',
  /** User → id. */
  buys: 'buys',
  /** Account → `customer:id`, or a deletion. */
  accounts: 'accounts',
  /** Customer → id, or a deletion. */
  customers: 'customers',
} as const;

export const outputs = {
  /** Group → how many clicks so far: each number once. */
  counts: 'counts',
  /** Group → how many clicks so far, through a cache: the last before each commit at least. */
  totals: 'totals',
  /** User → `window start=clicks`, once a window. */
  userWindows: 'user-windows',
  /** Group → `window start=clicks`, once a window. */
  groupWindows: 'group-windows',
  /** User → `view|buy`, each pair once. */
  joined: 'joined',
  /** Account → `account|customer`. */
  enriched: 'enriched',
} as const;

/** Of clicks. Milliseconds. */
export const WINDOW_MS = 2_000;
/** For windows whose records all come from one partition: nothing but that partition's order decides what is late. */
export const SHORT_GRACE_MS = 500;
/** Between a view and the buy that belongs to it. Milliseconds. */
export const JOIN_MS = 1_000;
/**
 * Where records of several partitions meet, how far one is ahead of another depends on who is killed when: it is to
 * have no effect, so that grace covers everything. Milliseconds.
 */
export const LONG_GRACE_MS = 24 * 60 * 60 * 1_000;

const strings = { key: stringSerde, value: stringSerde };

export function groupOf(click: string): string {
  return click.slice(0, click.indexOf(':'));
}

export function customerOf(account: string): string {
  return account.slice(0, account.indexOf(':'));
}

export function windowStart(timestamp: number): number {
  return timestamp - (timestamp % WINDOW_MS);
}

/**
 * Everything that keeps state and meets a repartition topic: what exactly-once has to carry. Stores are cached, as they
 * are by default, but the one whose every change is checked.
 */
export function chaosTopology(): Topology {
  const builder = new StreamsBuilder();
  const clicks = builder.stream(inputs.clicks, strings);

  const groups = clicks.groupBy((_user, click) => groupOf(click), { name: 'by-group', ...strings });
  groups
    .count({ store: 'clicks-per-group', caching: false })
    .toStream()
    .to(outputs.counts, { key: stringSerde, value: longSerde });
  groups
    .count({ store: 'total-per-group' })
    .toStream()
    .to(outputs.totals, { key: stringSerde, value: longSerde });
  groups
    .windowedBy(TimeWindows.of({ sizeMs: WINDOW_MS, graceMs: LONG_GRACE_MS }))
    .count({ store: 'clicks-per-group-window' })
    .suppress({ store: 'open-group-windows', untilWindowCloses: true, value: longSerde })
    .toStream()
    .map(({ key, start }, count) => [key, `${start}=${count}`] as const)
    .to(outputs.groupWindows, strings);

  clicks
    .groupByKey()
    .windowedBy(TimeWindows.of({ sizeMs: WINDOW_MS, graceMs: SHORT_GRACE_MS }))
    .count({ store: 'clicks-per-user-window' })
    .suppress({ store: 'open-user-windows', untilWindowCloses: true, value: longSerde })
    .toStream()
    .map(({ key, start }, count) => [key, `${start}=${count}`] as const)
    .to(outputs.userWindows, strings);

  builder
    .stream(inputs.views, strings)
    .join(builder.stream(inputs.buys, strings), (view, buy) => `${view}|${buy}`, {
      name: 'bought',
      windows: JoinWindows.of({ beforeMs: JOIN_MS, graceMs: LONG_GRACE_MS }),
    })
    .to(outputs.joined, strings);

  builder
    .table(inputs.accounts, { store: 'accounts', ...strings })
    .foreignKeyJoin(
      builder.table(inputs.customers, { store: 'customers', ...strings }),
      customerOf,
      (account, customer) => `${account}|${customer}`,
      { name: 'enrichment' },
    )
    .toStream()
    .to(outputs.enriched, { key: stringSerde, value: nullable(stringSerde) });

  return builder.build();
}
