import { itemTrend } from '@mesh/contracts';
import { createAvroSerde } from '@mesh/serde';
import { glueSchemaRegistry } from '@mesh/serde/glue';
import { counter, gauge, type ServiceContext, type StartedService } from '@mesh/service';
import { addRoutes } from './adapters/http.js';
import { PersonalizeRecommender } from './adapters/personalize.js';
import { TrendsFollower } from './adapters/trends-follower.js';
import type { Config } from './config.js';
import { Answers } from './domain/answers.js';
import { CircuitBreaker } from './domain/circuit-breaker.js';
import { RecommenderError } from './domain/recommender.js';
import { TrendTable } from './domain/trend-table.js';

/** Puts the parts together: HTTP → answers → Personalize, or the table that follows the trends topic. */
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
    name: 'trends_unreadable_total',
    help: 'Records of the trends topic that were passed over.',
  });
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
    timeoutMs: config.PERSONALIZE_TIMEOUT_MS,
  });
  const table = new TrendTable(config.TRENDS_WINDOWS);
  const answers = new Answers(recommender, breaker, table, (error) => {
    const reason = error instanceof RecommenderError ? error.code : 'CIRCUIT_OPEN';
    degraded.inc({ reason });
    if (reason === 'REFUSED') log.error({ err: error }, 'Personalize refuses; check campaigns and filter');
    else log.debug({ err: error }, 'answered with trending items');
  });
  const registry = glueSchemaRegistry({ registryName: config.GLUE_REGISTRY_NAME });
  const follower = new TrendsFollower({
    kafka,
    topic: itemTrend.topic,
    serde: await createAvroSerde({ contract: itemTrend, registry }),
    table,
    log,
    onUnreadable: () => unreadable.inc(),
  });
  addRoutes(http, answers, table);
  let following: Promise<void> | undefined;
  return {
    run: () => (following = follower.run()),
    ready: () => follower.ready(),
    close: async () => {
      follower.close();
      // A failure has been reported by `run` already.
      await Promise.allSettled([following]);
      recommender.close();
    },
  };
}
