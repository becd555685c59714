import { artist, episode, itemTrend, podcast, song, type EventContract } from '@mesh/contracts';
import { createAvroSerde, openSchemaRegistry } from '@mesh/serde';
import { counter, gauge, type ServiceContext, type StartedService } from '@mesh/service';
import { addRoutes } from './adapters/http.js';
import { addInsightRoutes } from './adapters/insight-routes.js';
import { PersonalizeRecommender } from './adapters/personalize.js';
import { TopicFollower } from './adapters/topic-follower.js';
import { QueriedTrendStores } from './adapters/trend-stores.js';
import type { Config } from './config.js';
import { Answers } from './domain/answers.js';
import { Catalogue } from './domain/catalogue.js';
import { CircuitBreaker } from './domain/circuit-breaker.js';
import { Insights } from './domain/insights.js';
import { RecommenderError } from './domain/recommender.js';
import type { Table } from './domain/table.js';
import { TrendTable } from './domain/trend-table.js';

/** Puts the parts together: HTTP → answers → Personalize, and the tables that follow the trends and the catalogue. */
export async function startRecommendations({
  config,
  http,
  kafka,
  log,
  metrics,
}: ServiceContext<Config>): Promise<StartedService> {
  const degraded = counter(metrics, {
    name: 'recommendations_degraded_total',
    help: 'Answers made of trending items, by the reason.',
    labels: ['reason'],
  });
  const unreadable = counter(metrics, {
    name: 'followed_unreadable_total',
    help: 'Records of a followed topic that were passed over.',
    labels: ['topic'],
  });
  const trends = new TrendTable(config.TRENDS_WINDOWS);
  const catalogue = new Catalogue();
  // First what may have to be waited for: nothing is open yet that the next try would open again.
  const registry = await openSchemaRegistry(config);
  const follow = async <T>(contract: EventContract<T>, table: Table<T>) => {
    const { topic } = contract;
    const serde = await createAvroSerde({ contract, registry });
    return new TopicFollower({
      kafka,
      topic,
      serde,
      table,
      log,
      onUnreadable: () => unreadable.inc({ topic }),
    });
  };
  const followers = await Promise.all([
    follow(itemTrend, trends),
    follow(song, catalogue.songs),
    follow(episode, catalogue.episodes),
    follow(artist, catalogue.artists),
    follow(podcast, catalogue.podcasts),
  ]);
  const breaker = new CircuitBreaker({
    failures: config.BREAKER_FAILURES,
    openMs: config.BREAKER_OPEN_MS,
    // A refusal says that we ask wrongly, not that Personalize is in trouble.
    isFailure: (error) => error instanceof RecommenderError && error.code !== 'REFUSED',
    now: () => performance.now(),
  });
  gauge(metrics, {
    name: 'personalize_circuit_open',
    help: '1 while Personalize is not asked because it failed repeatedly.',
    read: () => (breaker.state === 'open' ? 1 : 0),
  });
  const recommender = new PersonalizeRecommender({
    campaignArn: config.PERSONALIZE_CAMPAIGN_ARN,
    rankingCampaignArn: config.PERSONALIZE_RANKING_CAMPAIGN_ARN,
    similarItemsCampaignArn: config.PERSONALIZE_SIMILAR_ITEMS_CAMPAIGN_ARN,
    filterArn: config.PERSONALIZE_FILTER_ARN,
    similarItemsFilterArn: config.PERSONALIZE_SIMILAR_ITEMS_FILTER_ARN,
    timeoutMs: config.PERSONALIZE_TIMEOUT_MS,
  });
  const answers = new Answers(recommender, breaker, { trends, catalogue }, (error) => {
    const reason = error instanceof RecommenderError ? error.code : 'CIRCUIT_OPEN';
    degraded.inc({ reason });
    if (reason === 'REFUSED') log.error({ err: error }, 'Personalize refuses; check campaigns and filter');
    else log.debug({ err: error }, 'answered with trending items');
  });
  addRoutes(http, answers);
  const stores = new QueriedTrendStores({
    applicationId: config.TRENDS_APPLICATION_ID,
    urls: config.TRENDS_URLS ?? [],
    timeoutMs: config.TRENDS_TIMEOUT_MS,
    stalenessMs: config.TRENDS_STALENESS_MS,
  });
  addInsightRoutes(http, new Insights(stores, catalogue));
  let following: Promise<unknown> | undefined;
  return {
    run: async () => {
      following = Promise.all(followers.map((follower) => follower.run()));
      await following;
    },
    ready: () => followers.map((follower) => follower.ready()).find((reason) => reason !== true) ?? true,
    close: async () => {
      for (const follower of followers) follower.close();
      // A failure has been reported by `run` already.
      await Promise.allSettled([following]);
      recommender.close();
    },
  };
}
