import { indexHop, topicHop } from '../accounting/hops.js';
import type { Accounted } from '../accounting/ledger.js';
import { Landing } from '../accounting/landing-hop.js';
import { personalizeHop } from '../accounting/personalize-hop.js';
import { numbered, type ListeningEvent } from '../listening/event.js';
import { generateListeningLog, startOfLogEndingBefore } from '../listening/generate/log.js';
import { replay, type ReplayResult } from '../listening/replay/replay.js';
import { index } from '../provision/analytics.js';
import { buckets, s3Client } from '../provision/storage.js';
import { AT_WORK } from './load.js';
import { settle, underChaos, until, withKafka, type Account, type Stage } from './stage.js';

export interface ListeningOptions {
  readonly interactions: number;
  /** Events a second; as fast as it goes where absent. */
  readonly rate?: number;
  readonly seed: string;
}

/** The interactions of a demo: sends them, and remembers what was accepted. */
export class Listening {
  readonly #stage: Stage;
  readonly #rate: number | undefined;
  /** Event ids. */
  readonly accepted = new Set<string>();
  /** Users of whom there is something. */
  readonly heard = new Set<string>();
  /** What was accepted, in no order. */
  readonly events: ListeningEvent[] = [];
  readonly #landing: Landing;

  constructor(stage: Stage, rate: number | undefined) {
    this.#stage = stage;
    this.#rate = rate;
    this.#landing = new Landing(s3Client(stage.mesh.endpoints.aws), buckets.interactionsLanding);
  }

  async send(events: Parameters<typeof replay>[0]): Promise<ReplayResult> {
    const { mesh, progress } = this.#stage;
    return replay(events, {
      url: () => mesh.appUrl('interactions'),
      ...(this.#rate === undefined ? {} : { rate: this.#rate }),
      onAccepted: ({ event }) => {
        this.accepted.add(event.eventId);
        this.events.push(event);
        this.heard.add(event.userId);
      },
      onProgress: ({ sent, elapsedMs }) => {
        progress.show(
          `${sent.toLocaleString('en-GB')} interactions, ${Math.round((sent / elapsedMs) * 1000)}/s`,
        );
      },
    });
  }

  /** Waits until all that was accepted has arrived everywhere. */
  async settled(): Promise<readonly Accounted[]> {
    const { doubles, openSearch } = this.#stage.mesh.endpoints;
    const account: Account = {
      what: 'interactions accepted',
      accepted: this.accepted,
      hops: async () => [
        await withKafka(this.#stage, (client, admin) => topicHop(client, admin, 'interactions')),
        await personalizeHop(doubles),
        await indexHop(openSearch, index),
        await this.#landing.hop(),
      ],
    };
    return settle(this.#stage, [account]);
  }
}

/** Every record of the topic is in one object of the landing, once: repeated ones too. */
export async function landedStage({ checks }: Stage, listening: Listening): Promise<void> {
  let seen = '';
  const held = await until(async () => {
    const rows = (await listening.settled()).flatMap((account) => account.rows);
    const effectsOf = (name: string) => rows.find(({ hop }) => hop === name)?.effects ?? 0;
    const [landed, records] = [effectsOf('S3 landing'), effectsOf('topic interactions')];
    seen = `${landed} lines, ${records} records`;
    return landed === records ? true : seen;
  });
  checks.check('S3 landing has every record of the topic once', held === true, seen);
}

/** Replays a log through the HTTP API until all of it has arrived. */
export async function listenStage(stage: Stage, options: ListeningOptions): Promise<Listening> {
  const { mesh, catalogue, listeners, checks, progress } = stage;
  const { interactions: count, seed } = options;
  // The log ends just now, so that what follows it is news.
  const source = { seed, catalogue, listeners, count };
  const startsAt = startOfLogEndingBefore(Date.now(), source);
  progress.print(
    `\nReplaying ${count.toLocaleString('en-GB')} interactions through ${mesh.appUrl('interactions')}`,
  );
  const listening = new Listening(stage, options.rate);
  const log = numbered(generateListeningLog({ ...source, startsAt }));
  const victims = mesh.victims().filter(({ name }) => !AT_WORK.includes(name));
  const sent = await underChaos(
    stage,
    victims,
    count,
    () => listening.accepted.size,
    (gate) => listening.send(gate ? gate.through(log) : log),
  );
  progress.print(
    `${sent.accepted.toLocaleString('en-GB')} accepted in ${(sent.elapsedMs / 1000).toFixed(1)} s ` +
      `(${Math.round((sent.accepted / sent.elapsedMs) * 1000)}/s), ${sent.rejectedCount} rejected, ${sent.retries} sent again`,
  );
  const { size } = listening.accepted;
  checks.check('the API accepts the whole log', size === count, `${size} of ${count}`);
  await listening.settled();
  return listening;
}
