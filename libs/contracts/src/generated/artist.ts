// Generated from schemas/ by tools/codegen; do not edit. Change the source, then: npm run generate
// version 1 sha256 67a8394f53c791a4b698ef7c3db6a2ac17bf78ae26b63eff42ecd9b1f4a557ce
import type { EventContract } from '../contract.js';

/** The state of an artist after a change; the newest one of an artistId is current, a tombstone deletes. */
export interface Artist {
  /** Identifies this event for ever; a repeated delivery carries the same id, so that its effect happens once. A UUID. */
  readonly eventId: string;
  /** When the change took effect. Milliseconds since the epoch, UTC; also the timestamp of the Kafka record. */
  readonly occurredAt: number;
  /** The application that published the event, as interactions. */
  readonly producer: string;
  /** Shared by all that one request led to, in logs, traces and events. */
  readonly correlationId: string;
  /** Revision of the artist: 1 when created, one more with each change, the tombstone's included. Of two states of the same artist the greater one is the newer. */
  readonly version: number;
  /** Identifies the artist, as artist-1; what a song's artistId names. */
  readonly artistId: string;
  /** The name the artist goes by now; a song keeps the name it was credited under. */
  readonly name: string;
  /** Genres, the most fitting first; at least one. */
  readonly genres: readonly string[];
  /** Where the artist is from: ISO 3166-1 alpha-2, as CH; null where unknown. */
  readonly country: string | null;
}

/** The state of an artist after a change; the newest one of an artistId is current, a tombstone deletes. */
export const artist: EventContract<Artist> = {
  "domain": "songs",
  "event": "artist",
  "schemaName": "songs.artist",
  "type": "music.songs.Artist",
  "topic": "artists",
  "version": 1,
  "key": {
    "field": "artistId",
    "why": "The newest state of an artist must win, so all its changes have to be in one partition; a song names its artist by the same key, so that songs can be joined with it."
  },
  "schema": {
    "type": "record",
    "name": "Artist",
    "namespace": "music.songs",
    "doc": "The state of an artist after a change; the newest one of an artistId is current, a tombstone deletes.",
    "fields": [
      {
        "name": "eventId",
        "type": {
          "type": "string",
          "logicalType": "uuid"
        },
        "doc": "Identifies this event for ever; a repeated delivery carries the same id, so that its effect happens once. A UUID."
      },
      {
        "name": "occurredAt",
        "type": {
          "type": "long",
          "logicalType": "timestamp-millis"
        },
        "doc": "When the change took effect. Milliseconds since the epoch, UTC; also the timestamp of the Kafka record."
      },
      {
        "name": "producer",
        "type": "string",
        "doc": "The application that published the event, as interactions."
      },
      {
        "name": "correlationId",
        "type": "string",
        "doc": "Shared by all that one request led to, in logs, traces and events."
      },
      {
        "name": "version",
        "type": "long",
        "doc": "Revision of the artist: 1 when created, one more with each change, the tombstone's included. Of two states of the same artist the greater one is the newer."
      },
      {
        "name": "artistId",
        "type": "string",
        "doc": "Identifies the artist, as artist-1; what a song's artistId names."
      },
      {
        "name": "name",
        "type": "string",
        "doc": "The name the artist goes by now; a song keeps the name it was credited under."
      },
      {
        "name": "genres",
        "type": {
          "type": "array",
          "items": "string"
        },
        "doc": "Genres, the most fitting first; at least one."
      },
      {
        "name": "country",
        "type": [
          "null",
          "string"
        ],
        "default": null,
        "doc": "Where the artist is from: ISO 3166-1 alpha-2, as CH; null where unknown."
      }
    ]
  },
  "earlier": []
};
