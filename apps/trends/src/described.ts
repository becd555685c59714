import { artist, interaction, itemTrend, song, user, type EventContract } from '@mesh/contracts';
import { defaultsOf } from '@mesh/service';
import { formatOnlySerde, type Serde, type Topology } from '@mesh/streams';
import { TopologyConfigProperties } from './config.js';
import { topology } from './topology.js';

/** The topology with its default settings, for `./mesh topology`: what it keeps is in `topology.json`. */
export function describedTopology(): Topology {
  const defaults = defaultsOf(TopologyConfigProperties);
  return topology({
    interaction: avro(interaction),
    user: avro(user),
    song: avro(song),
    artist: avro(artist),
    trend: avro(itemTrend),
    windowMs: defaults.TRENDS_WINDOW_MS,
    advanceMs: defaults.TRENDS_ADVANCE_MS,
    chartWindowMs: defaults.TRENDS_CHART_WINDOW_MS,
    chartSize: defaults.TRENDS_CHART_SIZE,
    sessionGapMs: defaults.TRENDS_SESSION_GAP_MS,
    graceMs: defaults.TRENDS_GRACE_MS,
    rememberMs: defaults.TRENDS_REMEMBER_MS,
  });
}

/** Versions of a schema read each other's data, so they are one format. */
function avro<T>({ schemaName }: EventContract<T>): Serde<T> {
  return formatOnlySerde(`avro ${schemaName}`);
}
