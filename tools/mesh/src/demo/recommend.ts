import { numbered } from '../listening/event.js';
import { burst, listenerOfBoth } from './burst.js';
import type { Listening } from './listen.js';
import { recommendationsFor, type RecommendedItem, type Recommendations } from './read-api.js';
import { compareTrends } from './trends.js';
import { STANDSTILL_MS, type Stage } from './stage.js';

const SHOWN = 10;

/** What a stage that changes the catalogue goes on with. */
export interface Recommended {
  readonly userId: string;
  readonly items: readonly RecommendedItem[];
}

/** One listener's recommendations before and after a burst of new interactions. */
export async function recommendStage(stage: Stage, listening: Listening): Promise<Recommended> {
  const { mesh, catalogue, listeners, checks, progress } = stage;
  const listener = listenerOfBoth(listeners, listening.heard);
  const { userId, tastes } = listener;
  progress.print(
    `\nWhat ${userId} is recommended, who likes songs (${[...tastes.genres.keys()].join(', ')}) ` +
      `and podcasts (${[...tastes.topics.keys()].join(', ')})`,
  );
  const api = mesh.appUrl('recommendations');
  const before = await recommendationsFor(api, userId, SHOWN);
  const skipped = before.items.slice(0, 3).map(({ itemId }) => itemId);
  await listening.send(numbered(burst(listener, catalogue, skipped, Date.now())));
  await listening.settled();
  const after = await recommendationsFor(api, userId, SHOWN);
  printSideBySide(before, after, (line) => progress.print(line));

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
  const kinds = [...new Set(after.items.map(({ itemType }) => itemType ?? 'unknown'))].sort().join(' and ');
  checks.check('recommendations hold songs and podcasts', kinds === 'EPISODE and SONG', kinds);
  checks.check(
    'recommendations leave out what was just skipped',
    skipped.length === 3 && !skipped.some((id) => afterIds.includes(id)),
    `skipped ${skipped.join(', ')}`,
  );
  const titled = after.items.filter(({ title }) => typeof title === 'string').length;
  checks.check('every recommendation has a title', titled === after.items.length, `${titled} of ${SHOWN}`);
  return { userId, items: after.items };
}

/** The most played items of the last window, held against the log. */
export async function trendsStage(stage: Stage, listening: Listening): Promise<void> {
  const { mesh, checks, progress } = stage;
  const plays = listening.events.filter(({ eventType }) => eventType === 'PLAY');
  const trends = await compareTrends(mesh.appUrl('recommendations'), plays, STANDSTILL_MS);
  progress.print(`\nMost played, ${trends.windowStart ?? '?'} to ${trends.windowEnd ?? '?'}`);
  for (const { itemId, title, plays } of trends.items)
    progress.print(`  ${String(plays).padStart(5)}  ${title ?? itemId}`);
  checks.check(
    'the most played items of the last window are counted right',
    trends.items.length > 0 && trends.wrong.length === 0,
    `${trends.items.length} items, ${trends.wrong.length} with another count than the log has`,
  );
}

function printSideBySide(
  before: Recommendations,
  after: Recommendations,
  print: (line: string) => void,
): void {
  const name = (item: RecommendedItem | undefined) =>
    item === undefined ? '' : `${item.title ?? item.itemId} (${item.artist ?? item.show ?? item.itemId})`;
  print(`  ${'before'.padEnd(50)}after the burst`);
  for (let rank = 0; rank < Math.max(before.items.length, after.items.length); rank += 1) {
    print(`  ${name(before.items[rank]).slice(0, 48).padEnd(50)}${name(after.items[rank])}`);
  }
}
