import {
  PersonalizeClient,
  DeleteEventTrackerCommand,
  ListEventTrackersCommand,
} from '@aws-sdk/client-personalize';
import {
  PersonalizeEventsClient,
  PutEventsCommand,
  PutItemsCommand,
  PutUsersCommand,
  type Event,
} from '@aws-sdk/client-personalize-events';
import {
  GetPersonalizedRankingCommand,
  GetRecommendationsCommand,
  PersonalizeRuntimeClient,
  type GetRecommendationsCommandInput,
} from '@aws-sdk/client-personalize-runtime';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { createCampaign, createDatasets, createFilter, createTracker } from '../../test/personalize.js';
import { admin, sdkConfig, serve, testOptions } from '../../test/serve.js';
import type { DoublesServer } from '../framework/server.js';
import type { ServiceDouble } from '../framework/types.js';
import { personalizeDoubles } from './index.js';

let doubles: ServiceDouble[];
let server: DoublesServer;
let control: PersonalizeClient;
let events: PersonalizeEventsClient;
let runtime: PersonalizeRuntimeClient;
let group: string;
let datasets: { Interactions: string; Items: string; Users: string };
let trackingId: string;
let campaigns: Record<'recs' | 'ranking' | 'similar' | 'popular', string>;

const started = Date.now();
/** Seconds the doubles' clock is ahead: quotas refill with it. */
let ahead = 0;
let stopped: number | undefined;
const now = () => stopped ?? Date.now() + ahead * 1_000;

/** What becomes of calls made within one moment of the doubles' clock. */
async function atOnce(count: number, call: () => Promise<unknown>): Promise<Record<string, number>> {
  ahead += 1;
  stopped = now();
  const outcomes: Record<string, number> = {};
  const one = async () => {
    const outcome = await call().then(
      () => 'ok',
      (error: Error) => error.name,
    );
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  };
  await Promise.all(Array.from({ length: count }, one));
  stopped = undefined;
  ahead += 1;
  return outcomes;
}

beforeAll(async () => {
  doubles = personalizeDoubles(testOptions({ now }), {
    transitionMs: 5,
    putEventsPerSecond: 200,
    requestsPerSecondPerCampaign: 50,
  });
  server = await serve(doubles, { now });
  control = new PersonalizeClient(sdkConfig(server.url));
  events = new PersonalizeEventsClient(sdkConfig(server.url));
  runtime = new PersonalizeRuntimeClient(sdkConfig(server.url));
  ({ group, datasets } = await createDatasets(control, 'music'));
  trackingId = await createTracker(control, group, 'music');
  campaigns = {
    recs: await createCampaign(control, group, 'recs', 'aws-user-personalization-v2', {
      enableMetadataWithRecommendations: true,
    }),
    ranking: await createCampaign(control, group, 'ranking', 'aws-personalized-ranking-v2'),
    similar: await createCampaign(control, group, 'similar', 'aws-similar-items'),
    popular: await createCampaign(control, group, 'popular', 'aws-popularity-count'),
  };
  await putWorlds();
});
afterAll(async () => {
  for (const client of [control, events, runtime]) client?.destroy();
  await server?.close();
  for (const double of doubles ?? []) await double.close?.();
});

/** Rock and jazz songs and news episodes; four users for each, and four who like rock and news. */
async function putWorlds(): Promise<void> {
  const worlds = { rock: 12, jazz: 12, news: 6 };
  for (const [world, size] of Object.entries(worlds)) {
    for (let from = 0; from < size; from += 10) {
      const items = Array.from({ length: Math.min(10, size - from) }, (_, i) => ({
        itemId: `${world}-${from + i}`,
        properties: JSON.stringify({
          itemType: world === 'news' ? 'EPISODE' : 'SONG',
          genres: world,
          releaseYear: 2000 + from + i,
        }),
      }));
      await events.send(new PutItemsCommand({ datasetArn: datasets.Items, items }));
    }
  }
  ahead += 1;
  for (let n = 0; n < 4; n++) {
    const listen = (user: string, world: keyof typeof worlds, count: number) =>
      play(
        `${user}-${n}`,
        ...Array.from({ length: count }, (_, i) => `${world}-${(n * 5 + i * 7) % worlds[world]}`),
      );
    await listen('rocker', 'rock', 8);
    await listen('jazzer', 'jazz', 8);
    await listen('newsie', 'news', 4);
    await listen('both', 'rock', 6);
    await listen('both', 'news', 3);
  }
}

let sent = 0;
const event = (eventType: string, itemId: string, more: Partial<Event> = {}): Event => ({
  eventId: randomUUID(),
  eventType,
  itemId,
  sentAt: new Date(Math.floor(started / 1000) * 1000 - 3_600_000 + 1000 * sent++),
  ...more,
});
const put = (userId: string | undefined, eventList: Event[], sessionId = `session-${userId}`) =>
  events.send(new PutEventsCommand({ trackingId, userId, sessionId, eventList }));
const play = (user: string, ...items: string[]) =>
  put(
    user,
    items.map((item) => event('PLAY', item)),
  );
const recommend = async (input: Partial<GetRecommendationsCommandInput>): Promise<string[]> => {
  const command = new GetRecommendationsCommand({ campaignArn: campaigns.recs, numResults: 5, ...input });
  return ((await runtime.send(command)).itemList ?? []).map(({ itemId = '' }) => itemId);
};
const worldsOf = (items: readonly string[]) =>
  [...new Set(items.map((item) => item.replace(/-\d+$/, '')))].sort();
const counts = async () =>
  (await admin(server.url, 'personalize-events/counts')).body as Record<string, number>;
const fails = (call: Promise<unknown>, name: string, message?: RegExp) =>
  expect(call).rejects.toMatchObject({
    name,
    ...(message && { message: expect.stringMatching(message) as unknown }),
  });

describe('PutEvents', () => {
  it('has an effect once for an event id, in one call and over calls', async () => {
    const before = await counts();
    const one = event('PLAY', 'rock-1');
    await put('repeater', [one, one]);
    await put('repeater', [one, event('PLAY', 'rock-2')]);
    const after = await counts();
    expect(after['distinctEventIds']).toBe(before['distinctEventIds']! + 2);
    expect(after['events']).toBe(before['events']! + 2);
    expect(after['duplicates']).toBe(before['duplicates']! + 2);
    const { body } = await admin(server.url, 'personalize-events/event-ids');
    expect(body['ids']).toContain(one.eventId);
    expect(body['ids']).toHaveLength(after['distinctEventIds']!);
  });

  it('lists its event ids page by page', async () => {
    const all = new Set<string>();
    for (let after: unknown = 0; after !== undefined;) {
      const { body } = await admin(server.url, 'personalize-events/event-ids', { after, limit: 17 });
      for (const id of body['ids'] as string[]) all.add(id);
      after = body['next'];
    }
    expect(all.size).toBe((await counts())['distinctEventIds']);
  });

  it('without an event id has an effect once for equal content', async () => {
    const before = await counts();
    const anonymous = event('PLAY', 'rock-1', { eventId: undefined });
    await put('nameless', [anonymous, anonymous, { ...anonymous, itemId: 'rock-2' }]);
    const after = await counts();
    expect(after['events']).toBe(before['events']! + 2);
    expect(after['distinctEventIds']).toBe(before['distinctEventIds']);
  });

  it('without a user keeps the events under the session', async () => {
    await put(
      undefined,
      ['jazz-1', 'jazz-2', 'jazz-3'].map((item) => event('PLAY', item)),
      'anonymous-session',
    );
    expect(worldsOf(await recommend({ userId: 'anonymous-session' }))).toEqual(['jazz']);
  });

  it('takes properties of the schema', async () => {
    await put('device', [event('PLAY', 'rock-1', { properties: JSON.stringify({ device: 'phone' }) })]);
  });

  it.each<[string, Event[], RegExp]>([
    ['no event', [], /eventList/],
    ['11 events', Array.from({ length: 11 }, () => event('PLAY', 'a')), /less than or equal to 10/],
    ['an id of 257 characters', [event('PLAY', 'a', { eventId: 'x'.repeat(257) })], /256/],
    ['no item', [event('PLAY', '', { itemId: undefined })], /an itemId is needed/],
    [
      '1,025 characters of properties',
      [event('PLAY', 'a', { properties: `{"device":"${'x'.repeat(1_012)}"}` })],
      /1024/,
    ],
    ['properties that are no JSON', [event('PLAY', 'a', { properties: '{"device"}' })], /not valid JSON/],
    ['properties that are no object', [event('PLAY', 'a', { properties: '[1]' })], /must be a JSON object/],
    [
      'a property the schema has not',
      [event('PLAY', 'a', { properties: '{"colour":"red"}' })],
      /no field for the property colour/,
    ],
    ['a reserved property', [event('PLAY', 'a', { properties: '{"userId":"x"}' })], /userId/],
  ])('refuses %s', async (_, eventList, message) => {
    await fails(put('someone', eventList), 'InvalidInputException', message);
  });

  it('refuses an unknown tracking id', async () => {
    const unknown = new PutEventsCommand({
      trackingId: 'nope',
      sessionId: 's',
      eventList: [event('PLAY', 'a')],
    });
    await fails(events.send(unknown), 'InvalidInputException', /nope/);
  });

  it('takes so many requests a second', async () => {
    const outcomes = await atOnce(250, () => put('busy', [event('PLAY', 'rock-1')]));
    expect(outcomes).toEqual({ ok: 200, ThrottlingException: 50 });
    await put('busy', [event('PLAY', 'rock-1')]);
  });
});

describe('PutItems and PutUsers', () => {
  const putUsers = (...users: { userId: string; properties?: string }[]) =>
    events.send(new PutUsersCommand({ datasetArn: datasets.Users, users }));

  it('replace what there was under the id', async () => {
    ahead += 1;
    const before = await counts();
    await putUsers({ userId: 'payer', properties: '{"plan":"free"}' }, { userId: 'other' });
    await putUsers({ userId: 'payer', properties: '{"plan":"premium"}' });
    expect(await counts()).toMatchObject({ users: before['users']! + 2 });
    const free = 'EXCLUDE ItemID WHERE Items.ITEM_TYPE IN ("SONG") IF CurrentUser.PLAN IN ("free")';
    const filterArn = await createFilter(control, group, 'free-users', free);
    expect(worldsOf(await recommend({ userId: 'payer', filterArn }))).not.toEqual(['news']);
    await putUsers({ userId: 'payer', properties: '{"plan":"free"}' });
    expect(worldsOf(await recommend({ userId: 'payer', filterArn }))).toEqual(['news']);
  });

  it('make an item known before anyone interacted with it', async () => {
    ahead += 1;
    const properties = JSON.stringify({ itemType: 'SONG', releaseYear: '2026' });
    await events.send(
      new PutItemsCommand({ datasetArn: datasets.Items, items: [{ itemId: 'unheard', properties }] }),
    );
    const all = await recommend({ userId: 'rocker-1', numResults: 500 });
    expect(all.at(-1)).toBe('unheard');
  });

  it('refuse what does not fit the schema, a wrong dataset and too many', async () => {
    ahead += 1;
    const items = (properties: string | undefined, datasetArn = datasets.Items, count = 1) =>
      events.send(
        new PutItemsCommand({
          datasetArn,
          items: Array.from({ length: count }, (_, i) => ({ itemId: `x-${i}`, properties })),
        }),
      );
    const invalid = 'InvalidInputException';
    await fails(items('{"itemType":"SONG","colour":"red"}'), invalid, /no field for the property colour/);
    await fails(items('{"genres":"rock"}'), invalid, /the property itemType is missing/);
    await fails(items('{"itemType":"SONG","releaseYear":"soon"}'), invalid, /RELEASE_YEAR must be int/);
    await fails(items('{"itemType":"SONG"}', datasets.Users), invalid, /not a dataset of ITEMS/);
    await fails(items('{"itemType":"SONG"}', `${datasets.Items}X`), 'ResourceNotFoundException');
    await fails(items('{"itemType":"SONG"}', datasets.Items, 11), invalid, /10/);
    await fails(items(`{"itemType":"${'x'.repeat(32_000)}"}`), invalid, /32000/);
    ahead += 1;
    await fails(putUsers({ userId: 'x', properties: `{"plan":"${'x'.repeat(24_000)}"}` }), invalid, /24000/);
  });

  it('take 10 requests a second', async () => {
    const outcomes = await atOnce(25, () => putUsers({ userId: 'busy' }));
    expect(outcomes).toEqual({ ok: 10, ThrottlingException: 15 });
  });
});

describe('GetRecommendations', () => {
  it('gives what users with like tastes play, with scores', async () => {
    expect(worldsOf(await recommend({ userId: 'rocker-1' }))).toEqual(['rock']);
    expect(worldsOf(await recommend({ userId: 'jazzer-1' }))).toEqual(['jazz']);
    const { itemList = [], recommendationId } = await runtime.send(
      new GetRecommendationsCommand({ campaignArn: campaigns.recs, userId: 'jazzer-1' }),
    );
    expect(itemList).toHaveLength(25);
    expect(itemList[0]?.score).toBeGreaterThan(0);
    expect(recommendationId).toMatch(/^RID-/);
  });

  it('gives songs and episodes to who likes both', async () => {
    expect(worldsOf(await recommend({ userId: 'both-1', numResults: 6 }))).toEqual(['news', 'rock']);
  });

  it('follows a burst of new events with the next answer, and leaves out what was just skipped', async () => {
    const skipped = 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("skip")';
    const filterArn = await createFilter(control, group, 'not-skipped', skipped);
    const before = await recommend({ userId: 'rocker-2', filterArn });
    expect(worldsOf(before)).toEqual(['rock']);
    await put('rocker-2', [
      event('SKIP', before[0] ?? ''),
      ...[0, 1, 2, 3, 4].map((n) => event('LIKE', `jazz-${n}`)),
    ]);
    const after = await recommend({ userId: 'rocker-2', filterArn });
    expect(after).not.toContain(before[0]);
    expect(worldsOf(after)).toContain('jazz');
    expect(await recommend({ userId: 'rocker-2', filterArn, numResults: 500 })).not.toContain(before[0]);
  });

  it('filters by values of the request', async () => {
    const filterArn = await createFilter(
      control,
      group,
      'by-type',
      'INCLUDE ItemID WHERE Items.ITEM_TYPE IN ($TYPES)',
    );
    const episodes = await recommend({ userId: 'both-1', filterArn, filterValues: { TYPES: '"EPISODE"' } });
    expect(worldsOf(episodes)).toEqual(['news']);
    await fails(recommend({ userId: 'both-1', filterArn }), 'InvalidInputException', /\$TYPES/);
  });

  it('gives popular items to a user nobody knows, and says so', async () => {
    const popular = await recommend({ campaignArn: campaigns.popular });
    const { itemList } = await runtime.send(
      new GetRecommendationsCommand({ campaignArn: campaigns.recs, userId: 'stranger', numResults: 5 }),
    );
    expect(itemList?.map(({ itemId }) => itemId)).toEqual(popular);
    expect(itemList?.[0]?.reason).toEqual(['Popular item']);
  });

  it('gives similar items', async () => {
    expect(worldsOf(await recommend({ campaignArn: campaigns.similar, itemId: 'jazz-9' }))).toEqual(['jazz']);
    await fails(
      recommend({ campaignArn: campaigns.similar, userId: 'rocker-1' }),
      'InvalidInputException',
      /itemId is required/,
    );
  });

  it('gives metadata where the campaign has it enabled', async () => {
    const metadataColumns = { ITEMS: ['GENRES', 'RELEASE_YEAR'] };
    const { itemList } = await runtime.send(
      new GetRecommendationsCommand({
        campaignArn: campaigns.recs,
        userId: 'jazzer-1',
        numResults: 1,
        metadataColumns,
      }),
    );
    expect(itemList?.[0]?.metadata).toMatchObject({
      GENRES: 'jazz',
      RELEASE_YEAR: expect.stringMatching(/^20\d\d$/) as unknown,
    });
    await fails(
      recommend({ campaignArn: campaigns.popular, metadataColumns }),
      'InvalidInputException',
      /metadata/,
    );
  });

  it('fails by what is wrong', async () => {
    const invalid = 'InvalidInputException';
    await fails(recommend({ campaignArn: `${campaigns.recs}-x`, userId: 'u' }), 'ResourceNotFoundException');
    await fails(
      recommend({ filterArn: `${group.replace('dataset-group', 'filter')}-x`, userId: 'u' }),
      'ResourceNotFoundException',
    );
    await fails(recommend({}), invalid, /userId is required/);
    await fails(recommend({ campaignArn: undefined, userId: 'u' }), invalid, /campaignArn/);
    await fails(recommend({ userId: 'u', numResults: 501 }), invalid, /at most 500/);
    await fails(
      recommend({ campaignArn: campaigns.ranking, userId: 'u' }),
      invalid,
      /GetPersonalizedRanking/,
    );
    ahead += 1;
  });

  it('takes so many requests a second for a campaign', async () => {
    const outcomes = await atOnce(60, () => recommend({ userId: 'u' }));
    expect(outcomes).toEqual({ ok: 50, ThrottlingException: 10 });
  });
});

describe('GetPersonalizedRanking', () => {
  const rank = async (userId: string, inputList: string[], more: object = {}) => {
    const command = new GetPersonalizedRankingCommand({
      campaignArn: campaigns.ranking,
      userId,
      inputList,
      ...more,
    });
    return ((await runtime.send(command)).personalizedRanking ?? []).map(({ itemId }) => itemId);
  };

  it('orders items for the user, unknown ones last', async () => {
    const items = ['unknown', 'jazz-5', 'rock-5'];
    expect(await rank('rocker-3', items)).toEqual(['rock-5', 'jazz-5', 'unknown']);
    expect(await rank('jazzer-3', items)).toEqual(['jazz-5', 'rock-5', 'unknown']);
  });

  it('fails by what is wrong', async () => {
    await fails(rank('u', []), 'InvalidInputException', /1 to 500/);
    await fails(
      rank(
        'u',
        Array.from({ length: 501 }, (_, i) => `i-${i}`),
      ),
      'InvalidInputException',
      /1 to 500/,
    );
    await fails(
      rank('u', ['a'], { campaignArn: campaigns.recs }),
      'InvalidInputException',
      /no ranking recipe/,
    );
    await fails(rank('u', ['a'], { campaignArn: `${campaigns.ranking}-x` }), 'ResourceNotFoundException');
  });
});

describe('a deleted event tracker', () => {
  it('takes no more events', async () => {
    const { eventTrackers } = await control.send(new ListEventTrackersCommand({ datasetGroupArn: group }));
    await control.send(
      new DeleteEventTrackerCommand({ eventTrackerArn: eventTrackers?.[0]?.eventTrackerArn }),
    );
    ahead += 1;
    await fails(put('late', [event('PLAY', 'rock-1')]), 'InvalidInputException', /does not exist/);
  });
});
