// Generated from schemas/ by tools/codegen; do not edit. Change the source, then: npm run generate
// version 1 sha256 406b2046b53ad80bdd9000013a32f49471910e00528a7669a49a278781f8397c
import type { EventContract } from '../contract.js';

/** A user did something with a song or a podcast episode. */
export interface Interaction {
  /** Identifies this event for ever; a repeated delivery carries the same id, so that its effect happens once. A UUID. */
  readonly eventId: string;
  /** What the user did. */
  readonly eventType: InteractionEventType;
  /** When the user did it, by the clock of the player. Milliseconds since the epoch, UTC; also the timestamp of the Kafka record. */
  readonly occurredAt: number;
  /** The application that published the event, as interactions. */
  readonly producer: string;
  /** Shared by all that one request led to, in logs, traces and events. */
  readonly correlationId: string;
  /** Who did it, as user-42. */
  readonly userId: string;
  /** One sitting of listening of one user; ends after a pause. */
  readonly sessionId: string;
  /** What it was done with, as song-1 or episode-1. */
  readonly itemId: string;
  /** Whether itemId names a song or a podcast episode. */
  readonly itemType: InteractionItemType;
  /** How far into the item the user was, in milliseconds; null where the player does not tell. */
  readonly positionMs: number | null;
  /** How long the item is, in milliseconds; null where the player does not tell. */
  readonly durationMs: number | null;
}

export const interactionEventTypes = ['PLAY', 'SKIP', 'LIKE', 'FINISH', 'FOLLOW'] as const;
/** PLAY: started. SKIP: left before the end. LIKE: marked as liked. FINISH: heard to the end. FOLLOW: follows the artist or the podcast of the item. */
export type InteractionEventType = (typeof interactionEventTypes)[number];

export const interactionItemTypes = ['SONG', 'EPISODE'] as const;
/** The kind of thing in the catalogue. */
export type InteractionItemType = (typeof interactionItemTypes)[number];

/** A user did something with a song or a podcast episode. */
export const interaction: EventContract<Interaction> = {
  "domain": "interactions",
  "event": "interaction",
  "schemaName": "interactions.interaction",
  "type": "music.interactions.Interaction",
  "topic": "interactions",
  "version": 1,
  "key": {
    "field": "userId",
    "why": "Personalize needs the events of a user in order, and sessions and per-user aggregates need them in one task."
  },
  "schema": {
    "type": "record",
    "name": "Interaction",
    "namespace": "music.interactions",
    "doc": "A user did something with a song or a podcast episode.",
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
        "name": "eventType",
        "type": {
          "type": "enum",
          "name": "EventType",
          "doc": "PLAY: started. SKIP: left before the end. LIKE: marked as liked. FINISH: heard to the end. FOLLOW: follows the artist or the podcast of the item.",
          "symbols": [
            "PLAY",
            "SKIP",
            "LIKE",
            "FINISH",
            "FOLLOW"
          ]
        },
        "doc": "What the user did."
      },
      {
        "name": "occurredAt",
        "type": {
          "type": "long",
          "logicalType": "timestamp-millis"
        },
        "doc": "When the user did it, by the clock of the player. Milliseconds since the epoch, UTC; also the timestamp of the Kafka record."
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
        "name": "userId",
        "type": "string",
        "doc": "Who did it, as user-42.",
        "tags": [
          "PII"
        ]
      },
      {
        "name": "sessionId",
        "type": "string",
        "doc": "One sitting of listening of one user; ends after a pause."
      },
      {
        "name": "itemId",
        "type": "string",
        "doc": "What it was done with, as song-1 or episode-1."
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
        "name": "positionMs",
        "type": [
          "null",
          "long"
        ],
        "default": null,
        "doc": "How far into the item the user was, in milliseconds; null where the player does not tell."
      },
      {
        "name": "durationMs",
        "type": [
          "null",
          "long"
        ],
        "default": null,
        "doc": "How long the item is, in milliseconds; null where the player does not tell."
      }
    ]
  },
  "earlier": []
};
