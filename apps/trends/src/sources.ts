import { artist, interaction, song, user, type Interaction } from '@mesh/contracts';
import {
  jsonSerde,
  nullable,
  stringSerde,
  type KStream,
  type KTable,
  type StreamsBuilder,
} from '@mesh/streams';
import { itemSerde, type Item } from './domain/item.js';
import { listenerOf, type Listener } from './domain/listener.js';
import { isListening } from './domain/listening.js';
import { describeSong, type DescribedSong } from './domain/song.js';
import type { Parts } from './parts.js';

/** What happened to plays, by user and by the time it occurred, each event once. */
export function listeningEvents(
  builder: StreamsBuilder,
  { interaction: value, rememberMs }: Parts,
): KStream<string, Interaction> {
  return (
    builder
      .stream(interaction.topic, {
        name: 'interactions',
        key: stringSerde,
        value,
        timestampExtractor: (event) => event.occurredAt,
      })
      .filter((_user, event) => isListening(event), { name: 'listening' })
      // Before the key changes: a producer repeats a record in the partition that it was in.
      .distinct({
        name: 'distinct-plays',
        store: 'play-ids',
        by: (_user, event) => event.eventId,
        id: stringSerde,
        windowMs: rememberMs,
      })
  );
}

/** Who listens: only what is counted of a user gets into the store and its changelog. */
export function listenersById(builder: StreamsBuilder, { user: value }: Parts): KTable<string, Listener> {
  return builder
    .stream(user.topic, { name: 'users', key: stringSerde, value: nullable(value) })
    .mapValues((state) => (state === null ? null : listenerOf(state)), { name: 'listener-of-user' })
    .toTable({ name: 'listeners', store: 'listeners', value: nullable(jsonSerde<Listener>()) });
}

/**
 * Songs with their current artists, by item: it is they that go through a topic to be where the plays are, since they
 * change less often than they are played.
 */
export function songsByItem(builder: StreamsBuilder, parts: Parts): KTable<Item, DescribedSong> {
  const songs = builder.table(song.topic, {
    name: 'songs',
    key: stringSerde,
    value: parts.song,
    store: 'songs',
  });
  const artists = builder.table(artist.topic, {
    name: 'artists',
    key: stringSerde,
    value: parts.artist,
    store: 'artists',
  });
  return songs
    .foreignKeyLeftJoin(artists, ({ artistId }) => artistId, describeSong, { name: 'song-artist' })
    .toStream({ name: 'described-songs' })
    .selectKey((itemId): Item => ({ itemType: 'SONG', itemId }), { name: 'item-of-song' })
    .toTable({
      name: 'songs-by-item',
      store: 'songs-by-item',
      key: itemSerde,
      value: nullable(jsonSerde<DescribedSong>()),
    });
}
