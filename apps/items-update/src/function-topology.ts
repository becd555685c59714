import { episode, song, type Episode, type EventContract, type Song } from '@mesh/contracts';
import { deletedItemRow, episodeRow, songRow, type ItemRow, type ItemType } from '@mesh/personalize';
import type { PersonalizeItem } from '@mesh/sinks';
import { nullable, StreamsBuilder, stringSerde, type Serde, type Sink, type Topology } from '@mesh/streams';
import { toPersonalizeItem } from './item.js';

export interface Parts {
  readonly song: Serde<Song>;
  readonly episode: Serde<Episode>;
  readonly sink: Sink<string, PersonalizeItem>;
}

/**
 * songs and podcast episodes → Personalize's dataset of items, each with the artist or podcast as it was called when the
 * item was last changed. A function owns no partitions, so it can't keep the tables that the process joins with.
 */
export function functionTopology(parts: Parts): Topology {
  const builder = new StreamsBuilder();
  feed(song, parts.song, 'SONG', (state) => songRow(state, null));
  feed(episode, parts.episode, 'EPISODE', (state) => episodeRow(state, null));
  return builder.build();

  function feed<T>(
    { topic, event }: EventContract<T>,
    value: Serde<T>,
    itemType: ItemType,
    rowOf: (state: T) => ItemRow,
  ): void {
    builder
      .stream(topic, { key: stringSerde, value: nullable(value) })
      .mapValues(
        (state, itemId) =>
          toPersonalizeItem(state === null ? deletedItemRow(itemId, itemType) : rowOf(state)),
        { name: `to-personalize-${event}` },
      )
      .sink(parts.sink, { name: `personalize-${event}s` });
  }
}
