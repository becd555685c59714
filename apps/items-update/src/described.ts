import { artist, episode, podcast, song, type EventContract } from '@mesh/contracts';
import { formatOnlySerde, type Serde, type Topology } from '@mesh/streams';
import { topology } from './topology.js';

/** The topology, for `./mesh topology`: what it keeps is in `topology.json`. */
export function describedTopology(): Topology {
  return topology({
    song: avro(song),
    artist: avro(artist),
    episode: avro(episode),
    podcast: avro(podcast),
    sink: { write: () => undefined, flush: async () => undefined, close: async () => undefined },
  });
}

/** Versions of a schema read each other's data, so they are one format. */
function avro<T>({ schemaName }: EventContract<T>): Serde<T> {
  return formatOnlySerde(`avro ${schemaName}`);
}
