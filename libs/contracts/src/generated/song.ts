// Generated from schemas/ by tools/codegen; do not edit. Change the source, then: npm run generate
// version 1 sha256 316a0c081f53a6f97318fc968fd44352f7670a330464921aba2f1204af458541
// version 2 sha256 ce7e966c7eeb4afec8dd1414391c2498375a36aa0cf7b1febf22ee1dc47bf1a8
import type { EventContract } from '../contract.js';

/** The state of a song after a change; the newest one of a songId is current, a tombstone deletes. */
export interface Song {
  /** Identifies this event for ever; a repeated delivery carries the same id, so that its effect happens once. A UUID. */
  readonly eventId: string;
  /** When the change took effect. Milliseconds since the epoch, UTC; also the timestamp of the Kafka record. */
  readonly occurredAt: number;
  /** The application that published the event, as interactions. */
  readonly producer: string;
  /** Shared by all that one request led to, in logs, traces and events. */
  readonly correlationId: string;
  /** Identifies the song, as song-1; the itemId of interactions. */
  readonly songId: string;
  /** The title as released. */
  readonly title: string;
  /** Identifies the main artist, as artist-1. */
  readonly artistId: string;
  /** The main artist's name as credited on this song. */
  readonly artistName: string;
  /** The release it appeared on first; null for a single. */
  readonly albumTitle: string | null;
  /** Genres, the most fitting first; at least one. */
  readonly genres: readonly string[];
  /** Length in milliseconds. */
  readonly durationMs: number;
  /** Whether the lyrics are marked as explicit. */
  readonly explicit: boolean;
  /** International Standard Recording Code (ISO 3901), 12 characters without hyphens; null where none is known. */
  readonly isrc: string | null;
  /** When it was first released. Milliseconds since the epoch, UTC; negative before 1970. */
  readonly releasedAt: number;
  /** Revision of the song: 1 when created, one more with each change, the tombstone's included; 0 where it was not recorded. Of two states of the same song the greater one is the newer. */
  readonly version: number;
}

/** The state of a song after a change; the newest one of a songId is current, a tombstone deletes. */
export const song: EventContract<Song> = {
  "domain": "songs",
  "event": "song",
  "schemaName": "songs.song",
  "type": "music.songs.Song",
  "topic": "songs",
  "version": 2,
  "key": {
    "field": "songId",
    "why": "The newest state of a song must win, so all its changes have to be in one partition."
  },
  "schema": {
    "type": "record",
    "name": "Song",
    "namespace": "music.songs",
    "doc": "The state of a song after a change; the newest one of a songId is current, a tombstone deletes.",
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
        "name": "songId",
        "type": "string",
        "doc": "Identifies the song, as song-1; the itemId of interactions."
      },
      {
        "name": "title",
        "type": "string",
        "doc": "The title as released."
      },
      {
        "name": "artistId",
        "type": "string",
        "doc": "Identifies the main artist, as artist-1."
      },
      {
        "name": "artistName",
        "type": "string",
        "doc": "The main artist's name as credited on this song."
      },
      {
        "name": "albumTitle",
        "type": [
          "null",
          "string"
        ],
        "default": null,
        "doc": "The release it appeared on first; null for a single."
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
        "name": "durationMs",
        "type": "long",
        "doc": "Length in milliseconds."
      },
      {
        "name": "explicit",
        "type": "boolean",
        "doc": "Whether the lyrics are marked as explicit."
      },
      {
        "name": "isrc",
        "type": [
          "null",
          "string"
        ],
        "default": null,
        "doc": "International Standard Recording Code (ISO 3901), 12 characters without hyphens; null where none is known."
      },
      {
        "name": "releasedAt",
        "type": {
          "type": "long",
          "logicalType": "timestamp-millis"
        },
        "doc": "When it was first released. Milliseconds since the epoch, UTC; negative before 1970."
      },
      {
        "name": "version",
        "type": "long",
        "default": 0,
        "doc": "Revision of the song: 1 when created, one more with each change, the tombstone's included; 0 where it was not recorded. Of two states of the same song the greater one is the newer."
      }
    ]
  },
  "earlier": [
    {
      "type": "record",
      "name": "Song",
      "namespace": "music.songs",
      "doc": "The state of a song after a change; the newest one of a songId is current, a tombstone deletes.",
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
          "name": "songId",
          "type": "string",
          "doc": "Identifies the song, as song-1; the itemId of interactions."
        },
        {
          "name": "title",
          "type": "string",
          "doc": "The title as released."
        },
        {
          "name": "artistId",
          "type": "string",
          "doc": "Identifies the main artist, as artist-1."
        },
        {
          "name": "artistName",
          "type": "string",
          "doc": "The main artist's name as credited on this song."
        },
        {
          "name": "albumTitle",
          "type": [
            "null",
            "string"
          ],
          "default": null,
          "doc": "The release it appeared on first; null for a single."
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
          "name": "durationMs",
          "type": "long",
          "doc": "Length in milliseconds."
        },
        {
          "name": "explicit",
          "type": "boolean",
          "doc": "Whether the lyrics are marked as explicit."
        },
        {
          "name": "isrc",
          "type": [
            "null",
            "string"
          ],
          "default": null,
          "doc": "International Standard Recording Code (ISO 3901), 12 characters without hyphens; null where none is known."
        },
        {
          "name": "releasedAt",
          "type": {
            "type": "long",
            "logicalType": "timestamp-millis"
          },
          "doc": "When it was first released. Milliseconds since the epoch, UTC; negative before 1970."
        }
      ]
    }
  ]
};
