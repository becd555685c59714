// Generated from schemas/ by tools/codegen; do not edit. Change the source, then: npm run generate
// version 1 sha256 7ad50b616eb0fd441158eceea99722679f408b1e10a1585b92095225390c8e9e
import type { EventContract } from '../contract.js';

/** How often an item was played in one window of time; a later count of the same window replaces an earlier one. */
export interface ItemTrend {
  /** The item, as song-1 or episode-1. */
  readonly itemId: string;
  /** Whether itemId names a song or a podcast episode. */
  readonly itemType: ItemTrendItemType;
  /** First instant of the window. Milliseconds since the epoch, UTC. */
  readonly windowStart: number;
  /** First instant after the window. Milliseconds since the epoch, UTC. */
  readonly windowEnd: number;
  /** Plays of the item that occurred within the window, so far. */
  readonly plays: number;
}

export const itemTrendItemTypes = ['SONG', 'EPISODE'] as const;
/** The kind of thing in the catalogue. */
export type ItemTrendItemType = (typeof itemTrendItemTypes)[number];

/** How often an item was played in one window of time; a later count of the same window replaces an earlier one. */
export const itemTrend: EventContract<ItemTrend> = {
  "domain": "trends",
  "event": "item-trend",
  "schemaName": "trends.item-trend",
  "type": "music.trends.ItemTrend",
  "topic": "trends",
  "version": 1,
  "key": {
    "field": "itemId",
    "why": "The newest window of an item replaces the one before it, so that the topic holds one trend per item."
  },
  "schema": {
    "type": "record",
    "name": "ItemTrend",
    "namespace": "music.trends",
    "doc": "How often an item was played in one window of time; a later count of the same window replaces an earlier one.",
    "fields": [
      {
        "name": "itemId",
        "type": "string",
        "doc": "The item, as song-1 or episode-1."
      },
      {
        "name": "itemType",
        "type": {
          "type": "enum",
          "name": "ItemType",
          "doc": "The kind of thing in the catalogue.",
          "symbols": [
            "SONG",
            "EPISODE"
          ]
        },
        "doc": "Whether itemId names a song or a podcast episode."
      },
      {
        "name": "windowStart",
        "type": {
          "type": "long",
          "logicalType": "timestamp-millis"
        },
        "doc": "First instant of the window. Milliseconds since the epoch, UTC."
      },
      {
        "name": "windowEnd",
        "type": {
          "type": "long",
          "logicalType": "timestamp-millis"
        },
        "doc": "First instant after the window. Milliseconds since the epoch, UTC."
      },
      {
        "name": "plays",
        "type": "long",
        "doc": "Plays of the item that occurred within the window, so far."
      }
    ]
  },
  "earlier": []
};
