import { entityEvent, episode, podcast } from '@mesh/contracts';
import { openDynamoDbOutbox } from '@mesh/outbox/dynamodb';
import { createAvroSerde, openSchemaRegistry } from '@mesh/serde';
import { addEntityRoutes, exportSamples, type ServiceContext, type StartedService } from '@mesh/service';
import type { Config } from './config.js';
import { episodeDefinition, type Episode } from './domain/episode.js';
import { podcastDefinition, type Podcast } from './domain/podcast.js';

/** Puts the parts together: HTTP → DynamoDB, and from its outbox → Kafka. */
export async function startPodcasts(context: ServiceContext<Config>): Promise<StartedService> {
  const { config, http, kafka, log, metrics, tracing, name: service } = context;
  const registry = await openSchemaRegistry(config);
  const podcasts = await createAvroSerde({ contract: podcast, registry });
  const episodes = await createAvroSerde({ contract: episode, registry });
  const outbox = await openDynamoDbOutbox({
    service,
    kafka,
    log,
    tracing,
    tableName: config.DYNAMODB_TABLE,
    retryForMs: config.DYNAMODB_RETRY_MS,
    leaseMs: config.OUTBOX_LEASE_MS,
  });

  const podcastStore = outbox.entities<Podcast>({
    kind: 'podcast',
    idField: 'podcastId',
    namedBy: 'episodes',
    event: (change) => tracing.carry(entityEvent(podcast, { ...change, producer: service }, podcasts)),
  });
  const episodeStore = outbox.entities<Episode>({
    kind: 'episode',
    idField: 'episodeId',
    references: ({ podcastId }) => [{ kind: 'podcast', id: podcastId, field: 'podcastId' }],
    event: (change) => tracing.carry(entityEvent(episode, { ...change, producer: service }, episodes)),
  });
  addEntityRoutes(http, podcastDefinition, podcastStore);
  addEntityRoutes(http, episodeDefinition, episodeStore);
  exportSamples(metrics, () => outbox.metrics());
  return { run: () => outbox.run(), close: () => outbox.close() };
}
