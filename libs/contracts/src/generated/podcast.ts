// Generated from schemas/ by tools/codegen; do not edit. Change the source, then: npm run generate
// version 1 sha256 69565fc7f9fd69e1fd4603a63b82a18dd5a0f3d55df7b06ea8457eb2765a1f62
import type { EventContract } from '../contract.js';

/** The state of a podcast, the show that episodes belong to, after a change; the newest one of a podcastId is current, a tombstone deletes. */
export interface Podcast {
  /** Identifies this event for ever; a repeated delivery carries the same id, so that its effect happens once. A UUID. */
  readonly eventId: string;
  /** When the change took effect. Milliseconds since the epoch, UTC; also the timestamp of the Kafka record. */
  readonly occurredAt: number;
  /** The application that published the event, as interactions. */
  readonly producer: string;
  /** Shared by all that one request led to, in logs, traces and events. */
  readonly correlationId: string;
  /** Revision of the podcast: 1 when created, one more with each change, the tombstone's included. Of two states of the same podcast the greater one is the newer. */
  readonly version: number;
  /** Identifies the podcast, as podcast-1; what an episode's podcastId names. */
  readonly podcastId: string;
  /** The title it has now; an episode keeps the title it was published under. */
  readonly title: string;
  /** Who publishes the podcast. */
  readonly publisher: string;
  /** The language mostly spoken: BCP 47, as en or de-CH; an episode may be in another. */
  readonly language: string;
}

/** The state of a podcast, the show that episodes belong to, after a change; the newest one of a podcastId is current, a tombstone deletes. */
export const podcast: EventContract<Podcast> = {
  "domain": "podcasts",
  "event": "podcast",
  "schemaName": "podcasts.podcast",
  "type": "music.podcasts.Podcast",
  "topic": "podcast-shows",
  "version": 1,
  "key": {
    "field": "podcastId",
    "why": "The newest state of a podcast must win, so all its changes have to be in one partition; an episode names its podcast by the same key, so that episodes can be joined with it."
  },
  "schema": {
    "type": "record",
    "name": "Podcast",
    "namespace": "music.podcasts",
    "doc": "The state of a podcast, the show that episodes belong to, after a change; the newest one of a podcastId is current, a tombstone deletes.",
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
        "doc": "Revision of the podcast: 1 when created, one more with each change, the tombstone's included. Of two states of the same podcast the greater one is the newer."
      },
      {
        "name": "podcastId",
        "type": "string",
        "doc": "Identifies the podcast, as podcast-1; what an episode's podcastId names."
      },
      {
        "name": "title",
        "type": "string",
        "doc": "The title it has now; an episode keeps the title it was published under."
      },
      {
        "name": "publisher",
        "type": "string",
        "doc": "Who publishes the podcast."
      },
      {
        "name": "language",
        "type": "string",
        "doc": "The language mostly spoken: BCP 47, as en or de-CH; an episode may be in another."
      }
    ]
  },
  "earlier": []
};
