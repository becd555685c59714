import { setTimeout as sleep } from 'node:timers/promises';
import type { ListeningEvent } from '../listening/event.js';
import type { Song } from '../listening/generate/catalogue.js';
import type { Listening } from './listen.js';
import {
  audienceOf,
  chartOf,
  sessionsOf,
  skipsOf,
  type Audience,
  type Chart,
  type Sessions,
  type Skips,
} from './read-api.js';
import { STANDSTILL_MS, type Stage } from './stage.js';

const SHOWN = 5;

/** What the mesh counts of a genre, of the song that leads it and its artist, and of a user. */
interface Seen {
  readonly chart: Chart;
  readonly skips: Skips | undefined;
  readonly audience: Audience | undefined;
  readonly sessions: Sessions;
}

/** What `trends` keeps and `recommendations` asks for, held against the log. */
export async function insightsStage(stage: Stage, listening: Listening, userId: string): Promise<void> {
  const { mesh, catalogue, checks, progress } = stage;
  const songs = new Map(catalogue.songs.map((song) => [song.itemId, song]));
  const genre = mostPlayedGenre(listening.events, songs);
  const url = mesh.appUrl('recommendations');
  const deadline = Date.now() + STANDSTILL_MS;
  let wrong: readonly string[] = [];
  do {
    try {
      const seen = await look(url, genre, songs, userId);
      wrong = differences(seen, listening.events, songs);
      if (wrong.length === 0) for (const line of told(seen)) progress.print(line);
    } catch (error) {
      // While state moves or is restored, the answer is 503.
      wrong = [error instanceof Error ? error.message : String(error)];
    }
    if (wrong.length > 0) await sleep(200);
  } while (wrong.length > 0 && Date.now() < deadline);
  checks.check(
    'charts, skip rates, audiences and sessions are counted right',
    wrong.length === 0,
    wrong.length === 0 ? `the log has the same, for ${genre} and ${userId}` : wrong.join('; '),
  );
}

async function look(
  url: string,
  genre: string,
  songs: ReadonlyMap<string, Song>,
  userId: string,
): Promise<Seen> {
  const [chart, sessions] = await Promise.all([chartOf(url, genre, SHOWN), sessionsOf(url, userId)]);
  const leading = songs.get(chart.items[0]?.itemId ?? '');
  if (leading === undefined) return { chart, sessions, skips: undefined, audience: undefined };
  const [skips, audience] = await Promise.all([
    skipsOf(url, leading.itemId),
    audienceOf(url, leading.artistId),
  ]);
  return { chart, sessions, skips, audience };
}

/** What the answers say otherwise than the log; nothing where all is right. */
function differences(
  { chart, skips, audience, sessions }: Seen,
  events: readonly ListeningEvent[],
  songs: ReadonlyMap<string, Song>,
): readonly string[] {
  const differ = (what: string, is: unknown, must: unknown): readonly string[] => {
    const [seen, expected] = [JSON.stringify(is), JSON.stringify(must)];
    return seen === expected ? [] : [`${what}: ${seen}, and the log has ${expected}`];
  };
  const played = events.filter(
    ({ eventType, occurredAt }) =>
      eventType === 'PLAY' &&
      occurredAt >= Date.parse(chart.windowStart ?? '') &&
      occurredAt < Date.parse(chart.windowEnd ?? ''),
  );
  const counts = new Map<string, number>();
  for (const { itemId } of played)
    if (songs.get(itemId)?.genres.some((genre) => genre === chart.genre) === true)
      counts.set(itemId, (counts.get(itemId) ?? 0) + 1);
  const top = [...counts].sort(([a, plays], [b, more]) => more - plays || (a < b ? -1 : 1)).slice(0, SHOWN);
  const of = (eventType: ListeningEvent['eventType'], own: readonly ListeningEvent[]) =>
    own.filter((event) => event.eventType === eventType).length;
  const leading = events.filter(({ itemId }) => itemId === chart.items[0]?.itemId);
  const artistId = songs.get(chart.items[0]?.itemId ?? '')?.artistId;
  const [session] = sessions.sessions;
  const inSession = events.filter(
    ({ userId, occurredAt }) =>
      userId === sessions.userId &&
      occurredAt >= Date.parse(session?.start ?? '') &&
      occurredAt <= Date.parse(session?.end ?? ''),
  );
  return [
    ...(chart.items.length === 0 ? [`no song of ${chart.genre} in the newest window`] : []),
    ...differ(
      `chart of ${chart.genre}`,
      chart.items.map(({ itemId, plays }) => [itemId, plays]),
      top,
    ),
    ...differ('skips', [skips?.plays, skips?.skips], [of('PLAY', leading), of('SKIP', leading)]),
    ...differ(
      'audience',
      [audience?.plays, audience?.countries.reduce((sum, { plays }) => sum + plays, 0)],
      Array.from(
        { length: 2 },
        () => played.filter((play) => songs.get(play.itemId)?.artistId === artistId).length,
      ),
    ),
    ...differ(
      `last session of ${sessions.userId}`,
      [session?.plays, session?.skips, session?.finishes],
      [of('PLAY', inSession), of('SKIP', inSession), of('FINISH', inSession)],
    ),
  ];
}

function told({ chart, skips, audience, sessions }: Seen): readonly string[] {
  const [first] = chart.items;
  const [session] = sessions.sessions;
  const percent = Math.round((skips?.skipRate ?? 0) * 100);
  const countries = audience?.countries.map(({ country, plays }) => `${country} ${plays}`).join(', ') ?? '';
  return [
    `\nMost played of ${chart.genre}, ${chart.windowStart ?? '?'} to ${chart.windowEnd ?? '?'}`,
    ...chart.items.map(({ itemId, title, artist, plays }) => {
      return `  ${String(plays).padStart(5)}  ${title ?? itemId} (${artist ?? '?'})`;
    }),
    `  ${percent} % of ${skips?.plays ?? 0} plays of ${first?.title ?? '?'} were skipped`,
    `  ${audience?.artistName ?? '?'} is played from ${countries}`,
    `  the last session of ${sessions.userId}: ${session?.plays ?? 0} plays, ${session?.skips ?? 0} skips, ` +
      `${session?.start ?? '?'} to ${session?.end ?? '?'}`,
  ];
}

function mostPlayedGenre(events: readonly ListeningEvent[], songs: ReadonlyMap<string, Song>): string {
  const counts = new Map<string, number>();
  for (const { eventType, itemId } of events) {
    if (eventType !== 'PLAY') continue;
    for (const genre of songs.get(itemId)?.genres ?? []) counts.set(genre, (counts.get(genre) ?? 0) + 1);
  }
  const [most] = [...counts].sort(([, a], [, b]) => b - a);
  return most?.[0] ?? '';
}
