import type { ItemTrendItemType } from '@mesh/contracts';
import { stringSerde, type Serde } from '@mesh/streams';

/** What is counted: an item, and what kind of thing it is. */
export interface Item {
  readonly itemType: ItemTrendItemType;
  readonly itemId: string;
}

/**
 * An item as the key of the repartition topic and the store: `SONG/song-1`. The type is part of the key, since a
 * count's value has no room for it and an id that happens to begin with `song-` is no promise. An item's type never
 * changes, so there is one key an item.
 */
export const itemSerde: Serde<Item> = {
  format: 'item',
  serialize: (topic, { itemType, itemId }, headers) =>
    stringSerde.serialize(topic, `${itemType}/${itemId}`, headers),
  deserialize: (topic, data, headers) => {
    const text = stringSerde.deserialize(topic, data, headers);
    const slash = text.indexOf('/');
    const itemType = text.slice(0, slash);
    if (itemType !== 'SONG' && itemType !== 'EPISODE') {
      throw new Error(`${topic}: the key ${JSON.stringify(text)} is no <item type>/<item id>`);
    }
    return { itemType, itemId: text.slice(slash + 1) };
  },
};
