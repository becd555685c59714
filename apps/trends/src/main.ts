import { artist, interaction, itemTrend, song, user } from '@mesh/contracts';
import { createAvroSerde, openSchemaRegistry } from '@mesh/serde';
import { kafkaStreamsService, loadConfig, runService } from '@mesh/service';
import { lmdbStores } from '@mesh/streams-lmdb';
import { ConfigSchema, type Config } from './config.js';
import type { Parts } from './parts.js';
import { topology } from './topology.js';

const config = loadConfig(ConfigSchema);
const { STATE_DIRECTORY: directory } = config;

await runService(
  kafkaStreamsService({
    name: 'trends',
    description: 'Counts what is played: items, sessions, charts of genres, audiences of artists.',
    config,
    processingGuarantee: 'exactly_once_v2',
    ...(directory === undefined ? {} : { stateStores: lmdbStores({ directory }) }),
    topology: async () => ({ topology: topology(await parts(config)) }),
  }),
);

async function parts(settings: Config): Promise<Parts> {
  const registry = await openSchemaRegistry(settings);
  const [interactions, users, songs, artists, trends] = await Promise.all([
    createAvroSerde({ contract: interaction, registry }),
    createAvroSerde({ contract: user, registry }),
    createAvroSerde({ contract: song, registry }),
    createAvroSerde({ contract: artist, registry }),
    createAvroSerde({ contract: itemTrend, registry }),
  ]);
  return {
    interaction: interactions,
    user: users,
    song: songs,
    artist: artists,
    trend: trends,
    windowMs: settings.TRENDS_WINDOW_MS,
    advanceMs: settings.TRENDS_ADVANCE_MS,
    chartWindowMs: settings.TRENDS_CHART_WINDOW_MS,
    chartSize: settings.TRENDS_CHART_SIZE,
    sessionGapMs: settings.TRENDS_SESSION_GAP_MS,
    graceMs: settings.TRENDS_GRACE_MS,
    rememberMs: settings.TRENDS_REMEMBER_MS,
  };
}
