// What trends does, on the event loop of its process or in workers.
import { artist, interaction, itemTrend, song, user } from '@mesh/contracts';
import { createAvroSerde, openSchemaRegistry } from '@mesh/serde';
import { streamsModule, type StreamsApplication } from '@mesh/service';
import { lmdbStores } from '@mesh/streams-lmdb';
import type { Config } from './config.js';
import type { Parts } from './parts.js';
import { topology } from './topology.js';

export const application: StreamsApplication<Config> = {
  processingGuarantee: 'exactly_once_v2',
  stateStores: ({ STATE_DIRECTORY: directory }) =>
    directory === undefined ? undefined : lmdbStores({ directory }),
  topology: async ({ config }) => ({ topology: topology(await parts(config)) }),
};

export default streamsModule(application);

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
