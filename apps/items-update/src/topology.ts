import {
  artist,
  episode,
  podcast,
  song,
  type Artist,
  type Episode,
  type EventContract,
  type Podcast,
  type Song,
} from '@mesh/contracts';
import { deletedItemRow, episodeRow, songRow, type ItemRow, type ItemType } from '@mesh/personalize';
import type { PersonalizeItem } from '@mesh/sinks';
import {
  nullable,
  StreamsBuilder,
  stringSerde,
  type KTable,
  type Serde,
  type Sink,
  type Topology,
} from '@mesh/streams';
import { toPersonalizeItem } from './item.js';

export interface Parts {
  readonly song: Serde<Song>;
  readonly artist: Serde<Artist>;
  readonly episode: Serde<Episode>;
  readonly podcast: Serde<Podcast>;
  readonly sink: Sink<string, PersonalizeItem>;
}

/**
 * Items under way for each task: few enough that those of eight partitions are written, at the rate of PutItems, within
 * the seconds that a stop gives.
 */
const MAX_OUTSTANDING = 80;

/**
 * songs with their current artists, and podcast episodes with their current podcasts → Personalize's dataset of items.
 * A change of an artist or a podcast is one of all its items.
 */
export function topology(parts: Parts): Topology {
  const builder = new StreamsBuilder();
  const key = stringSerde;
  const artists = builder.table(artist.topic, { key, value: parts.artist, store: 'artists' });
  const podcasts = builder.table(podcast.topic, { key, value: parts.podcast, store: 'podcasts' });

  feed(song, parts.song, 'SONG', (songs) =>
    songs.foreignKeyLeftJoin(artists, ({ artistId }) => artistId, songRow, { name: 'song-artist' }),
  );
  feed(episode, parts.episode, 'EPISODE', (episodes) =>
    episodes.foreignKeyLeftJoin(podcasts, ({ podcastId }) => podcastId, episodeRow, {
      name: 'episode-podcast',
    }),
  );
  return builder.build();

  /** Each item as `join` makes it. A deletion goes the short way: also where the item was never heard of. */
  function feed<T>(
    { topic, event }: EventContract<T>,
    value: Serde<T>,
    itemType: ItemType,
    join: (items: KTable<string, T>) => KTable<string, ItemRow>,
  ): void {
    const states = builder.stream(topic, { key, value: nullable(value) });
    const deletions = states
      .filter((_, state) => state === null, { name: `deleted-${event}s` })
      .mapValues((_, itemId) => deletedItemRow(itemId, itemType), { name: `deleted-${event}-rows` });
    join(states.toTable({ store: `${event}s`, key, value }))
      .toStream()
      .filter((_, row): row is ItemRow => row !== null, { name: `${event}-rows` })
      .merge(deletions)
      .mapValues((row) => toPersonalizeItem(row), { name: `to-personalize-${event}` })
      .sink(parts.sink, { name: `personalize-${event}s`, maxOutstanding: MAX_OUTSTANDING });
  }
}
