import { setTimeout as sleep } from 'node:timers/promises';
import { documents } from '../accounting/hops.js';
import { numbered, type ListeningEvent } from '../listening/event.js';
import { generateListeningLog } from '../listening/generate/log.js';
import { replay } from '../listening/replay/replay.js';
import type { Progress } from '../progress.js';
import { index } from '../provision/analytics.js';
import type { Mesh } from '../supervisor/mesh.js';
import { callDoubles, callsOf } from './doubles.js';
import { fewestCalls, type Arrival } from './fewest-calls.js';
import { percentile } from './percentile.js';
import { usageOf, type Usage } from './processes.js';

/** How the sinks batch, as is their default: what the fewest calls are reckoned from. */
export const lingerMs = { personalize: 100, firehose: 200 } as const;
const perCall = { personalize: 10, firehose: 500 } as const;

/** What one stretch of load showed. */
export interface Run {
  readonly events: number;
  /** Events a second, from the first request to the last effect. */
  readonly rate: { readonly accepted: number; readonly personalize: number; readonly openSearch: number };
  /** Milliseconds: p50 and p99. */
  readonly latency: Readonly<
    Record<'request' | 'acceptToPutEvents' | 'acceptToIndexed', readonly [number, number]>
  >;
  readonly calls: Readonly<
    Record<'personalize' | 'firehose', { readonly made: number; readonly fewest: number }>
  >;
  readonly usage: readonly Usage[];
}

/** Sends so many events, at a rate or as fast as it goes, and waits until each has taken effect. */
export async function measure(
  mesh: Mesh,
  log: Iterable<ListeningEvent>,
  rate: number | undefined,
  progress: Progress,
): Promise<Run> {
  const { doubles, openSearch } = mesh.endpoints;
  const before = { personalize: await stored(doubles), openSearch: await counted(openSearch) };
  await callDoubles(doubles, 'POST', 'reset-stats');
  await callDoubles(doubles, 'POST', 'arrivals');
  const cpuBefore = usage(mesh);

  const accepted = new Map<string, Arrival>();
  const startedAt = Date.now();
  const {
    latency,
    elapsedMs,
    accepted: events,
  } = await replay(numbered(log), {
    url: mesh.appUrl('interactions'),
    ...(rate === undefined ? {} : { rate, lingerMs: 5 }),
    onAccepted: ({ event }) => {
      accepted.set(event.eventId, { at: Date.now(), batchKey: event.sessionId });
    },
    onProgress: ({ sent }) => progress.show(`${sent.toLocaleString('en-GB')} events sent`),
  });
  const deadline = Date.now() + 300_000;
  while (
    (await stored(doubles)) - before.personalize < events ||
    (await counted(openSearch)) - before.openSearch < events
  ) {
    const [crash] = mesh.crashes;
    if (crash !== undefined) throw new Error(`${crash.name} ended under the load (${crash.how})`);
    if (Date.now() > deadline) throw new Error('events did not arrive within five minutes');
    await sleep(200);
  }
  const cpuAfter = usage(mesh);

  const putAt = (await callDoubles(doubles, 'GET', 'arrivals')) as Record<string, number>;
  await callDoubles(doubles, 'DELETE', 'arrivals');
  const put = new Delays(accepted);
  for (const [id, at] of Object.entries(putAt)) put.add(id, at);
  const indexed = new Delays(accepted);
  for await (const { _id, _source } of documents(openSearch, index, ['indexedAt'])) {
    indexed.add(_id, Date.parse(String(_source?.['indexedAt'])));
  }
  const arrivals = [...accepted.values()];
  const perSecond = (until: number) => (events / (until - startedAt)) * 1000;
  return {
    events,
    rate: {
      accepted: (events / elapsedMs) * 1000,
      personalize: perSecond(put.last),
      openSearch: perSecond(indexed.last),
    },
    latency: {
      request: [latency.percentile(0.5), latency.percentile(0.99)],
      acceptToPutEvents: put.percentiles,
      acceptToIndexed: indexed.percentiles,
    },
    calls: {
      personalize: {
        made: await callsOf(doubles, 'personalize-events', 'PutEvents'),
        fewest: fewestCalls(arrivals, lingerMs.personalize, perCall.personalize),
      },
      firehose: {
        made: await callsOf(doubles, 'firehose', 'PutRecordBatch'),
        fewest: fewestCalls(
          arrivals.map(({ at }) => ({ at, batchKey: '' })),
          lingerMs.firehose,
          perCall.firehose,
        ),
      },
    },
    usage: cpuAfter.map((after, at) => ({
      ...after,
      cpuSeconds: after.cpuSeconds - (cpuBefore[at]?.cpuSeconds ?? 0),
    })),
  };
}

/** How long events were on their way from the API's answer to a hop. */
class Delays {
  readonly #accepted: ReadonlyMap<string, Arrival>;
  readonly #delays: number[] = [];
  /** When the last of them came. Milliseconds since the epoch. */
  last = 0;

  constructor(accepted: ReadonlyMap<string, Arrival>) {
    this.#accepted = accepted;
  }

  /** Events of another run are passed over. An event may be there before the API's answer is read: no delay then. */
  add(id: string, at: number): void {
    const from = this.#accepted.get(id);
    if (from === undefined) return;
    this.#delays.push(Math.max(0, at - from.at));
    this.last = Math.max(this.last, at);
  }

  get percentiles(): readonly [number, number] {
    return [percentile(this.#delays, 50), percentile(this.#delays, 99)];
  }
}

/** Events nobody has sent before, from a log of the bench's own. */
export function benchLog(seed: string, count: number): Iterable<ListeningEvent> {
  return generateListeningLog({ seed, count });
}

function usage(mesh: Mesh): readonly Usage[] {
  return [...Object.values(mesh.apps), ...Object.values(mesh.servers)].map(({ name, pid }) =>
    usageOf(name, pid),
  );
}

async function stored(doublesUrl: string): Promise<number> {
  return ((await callDoubles(doublesUrl, 'POST', 'personalize-events/counts')) as { events: number }).events;
}

async function counted(openSearchUrl: string): Promise<number> {
  const answer = await fetch(`${openSearchUrl}/${index}/_count`);
  return ((await answer.json()) as { count: number }).count;
}
