import type { OutboxStats } from '../source.js';

/** One reading, in the shape that `exportSamples` of `@mesh/service` takes. */
export interface RelaySample {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What a relay has done and what waits for it. */
export interface RelaySnapshot {
  readonly source: string;
  readonly relaying: boolean;
  readonly failing: boolean;
  readonly relayed: number;
  readonly transactions: number;
  readonly failures: number;
  readonly fenced: number;
  /** Absent in standby, and while the database does not tell. */
  readonly stats?: OutboxStats;
}

/** `now` in milliseconds since the epoch. */
export function relaySamples(snapshot: RelaySnapshot, now: number): readonly RelaySample[] {
  const { relaying, failing, relayed, transactions, failures, fenced, stats } = snapshot;
  const labels = { source: snapshot.source };
  const gauge = (name: string, help: string, value: number): RelaySample => {
    return { name, help, type: 'gauge', labels, value };
  };
  const counter = (name: string, help: string, value: number): RelaySample => {
    return { name, help, type: 'counter', labels, value };
  };
  return [
    gauge('outbox_relaying', '1 in the instance that relays, 0 in those that stand by.', Number(relaying)),
    gauge('outbox_failing', '1 while the last attempt to relay failed.', Number(failing)),
    counter('outbox_relayed_total', 'Events published and removed.', relayed),
    counter('outbox_transactions_total', 'Kafka transactions that published them.', transactions),
    counter('outbox_failures_total', 'Attempts to relay that failed and were repeated.', failures),
    counter('outbox_fenced_total', 'Times that another relay had taken over.', fenced),
    ...(stats === undefined
      ? []
      : [
          gauge('outbox_backlog', 'Events committed and not yet known to be in Kafka.', stats.backlog),
          gauge(
            'outbox_oldest_age_seconds',
            'How long the oldest of them has waited.',
            stats.oldestAt === undefined ? 0 : Math.max(0, now - stats.oldestAt) / 1_000,
          ),
          gauge('outbox_set_aside', 'Events that Kafka refuses; their aggregates wait.', stats.setAside),
        ]),
  ];
}
