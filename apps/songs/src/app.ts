import { artist, entityEvent, song } from '@mesh/contracts';
import { openDynamoDbOutbox } from '@mesh/outbox/dynamodb';
import { createAvroSerde, openSchemaRegistry } from '@mesh/serde';
import { addEntityRoutes, exportSamples, type ServiceContext, type StartedService } from '@mesh/service';
import type { Config } from './config.js';
import { artistDefinition, type Artist } from './domain/artist.js';
import { songDefinition, type Song } from './domain/song.js';

/** Puts the parts together: HTTP → DynamoDB, and from its outbox → Kafka. */
export async function startSongs(context: ServiceContext<Config>): Promise<StartedService> {
  const { config, http, kafka, log, metrics, tracing, name: service } = context;
  const registry = await openSchemaRegistry(config);
  const artists = await createAvroSerde({ contract: artist, registry });
  const songs = await createAvroSerde({ contract: song, registry });
  const outbox = await openDynamoDbOutbox({
    service,
    kafka,
    log,
    tracing,
    tableName: config.DYNAMODB_TABLE,
    retryForMs: config.DYNAMODB_RETRY_MS,
    leaseMs: config.OUTBOX_LEASE_MS,
  });

  const artistStore = outbox.entities<Artist>({
    kind: 'artist',
    idField: 'artistId',
    namedBy: 'songs',
    event: (change) => tracing.carry(entityEvent(artist, { ...change, producer: service }, artists)),
  });
  const songStore = outbox.entities<Song>({
    kind: 'song',
    idField: 'songId',
    references: ({ artistId }) => [{ kind: 'artist', id: artistId, field: 'artistId' }],
    event: (change) => tracing.carry(entityEvent(song, { ...change, producer: service }, songs)),
  });
  addEntityRoutes(http, artistDefinition, artistStore);
  addEntityRoutes(http, songDefinition, songStore);
  exportSamples(metrics, () => outbox.metrics());
  return { run: () => outbox.run(), close: () => outbox.close() };
}
