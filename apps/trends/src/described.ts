import { artist, interaction, itemTrend, song, user, type EventContract } from '@mesh/contracts';
import { formatOnlySerde, type Serde, type Topology } from '@mesh/streams';
import { ConfigSchema } from './config.js';
import { topology } from './topology.js';

/** The topology with its default settings, for `./mesh topology`: what it keeps is in `topology.json`. */
export function describedTopology(): Topology {
  const { properties } = ConfigSchema;
  return topology({
    interaction: avro(interaction),
    user: avro(user),
    song: avro(song),
    artist: avro(artist),
    trend: avro(itemTrend),
    windowMs: properties.TRENDS_WINDOW_MS.default,
    advanceMs: properties.TRENDS_ADVANCE_MS.default,
    chartWindowMs: properties.TRENDS_CHART_WINDOW_MS.default,
    chartSize: properties.TRENDS_CHART_SIZE.default,
    sessionGapMs: properties.TRENDS_SESSION_GAP_MS.default,
    graceMs: properties.TRENDS_GRACE_MS.default,
    rememberMs: properties.TRENDS_REMEMBER_MS.default,
  });
}

/** Versions of a schema read each other's data, so they are one format. */
function avro<T>({ schemaName }: EventContract<T>): Serde<T> {
  return formatOnlySerde(`avro ${schemaName}`);
}
