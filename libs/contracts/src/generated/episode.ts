// Generated from schemas/ by tools/codegen; do not edit. Change the source, then: npm run generate
// version 1 sha256 00b18131105074ecefcd2570e97aea3488afd7ac4d09b98b48854474099ae39e
// version 2 sha256 31f87958237a9ec2f044a7529251d7b86c5303e7943a6dfe33b26f6eeede5c7c
import type { EventContract } from '../contract.js';

/** The state of a podcast episode after a change; the newest one of an episodeId is current, a tombstone deletes. */
export interface Episode {
  /** Identifies this event for ever; a repeated delivery carries the same id, so that its effect happens once. A UUID. */
  readonly eventId: string;
  /** When the change took effect. Milliseconds since the epoch, UTC; also the timestamp of the Kafka record. */
  readonly occurredAt: number;
  /** The application that published the event, as interactions. */
  readonly producer: string;
  /** Shared by all that one request led to, in logs, traces and events. */
  readonly correlationId: string;
  /** Identifies the episode, as episode-1; the itemId of interactions. */
  readonly episodeId: string;
  /** The title as published. */
  readonly title: string;
  /** Identifies the podcast it belongs to, as podcast-1. */
  readonly podcastId: string;
  /** The podcast's title when the episode was published. */
  readonly podcastTitle: string;
  /** Who publishes the podcast. */
  readonly publisher: string;
  /** What it is about, the most fitting first; at least one. */
  readonly topics: readonly string[];
  /** The language spoken: BCP 47, as en or de-CH. */
  readonly language: string;
  /** Length in milliseconds. */
  readonly durationMs: number;
  /** Whether the publisher marks it as explicit. */
  readonly explicit: boolean;
  /** When it was published. Milliseconds since the epoch, UTC. */
  readonly publishedAt: number;
  /** Revision of the episode: 1 when created, one more with each change, the tombstone's included; 0 where it was not recorded. Of two states of the same episode the greater one is the newer. */
  readonly version: number;
}

/** The state of a podcast episode after a change; the newest one of an episodeId is current, a tombstone deletes. */
export const episode: EventContract<Episode> = {
  "domain": "podcasts",
  "event": "episode",
  "schemaName": "podcasts.episode",
  "type": "music.podcasts.Episode",
  "topic": "podcasts",
  "version": 2,
  "key": {
    "field": "episodeId",
    "why": "The newest state of an episode must win, so all its changes have to be in one partition."
  },
  "schema": {
    "type": "record",
    "name": "Episode",
    "namespace": "music.podcasts",
    "doc": "The state of a podcast episode after a change; the newest one of an episodeId is current, a tombstone deletes.",
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
        "name": "episodeId",
        "type": "string",
        "doc": "Identifies the episode, as episode-1; the itemId of interactions."
      },
      {
        "name": "title",
        "type": "string",
        "doc": "The title as published."
      },
      {
        "name": "podcastId",
        "type": "string",
        "doc": "Identifies the podcast it belongs to, as podcast-1."
      },
      {
        "name": "podcastTitle",
        "type": "string",
        "doc": "The podcast's title when the episode was published."
      },
      {
        "name": "publisher",
        "type": "string",
        "doc": "Who publishes the podcast."
      },
      {
        "name": "topics",
        "type": {
          "type": "array",
          "items": "string"
        },
        "doc": "What it is about, the most fitting first; at least one."
      },
      {
        "name": "language",
        "type": "string",
        "doc": "The language spoken: BCP 47, as en or de-CH."
      },
      {
        "name": "durationMs",
        "type": "long",
        "doc": "Length in milliseconds."
      },
      {
        "name": "explicit",
        "type": "boolean",
        "doc": "Whether the publisher marks it as explicit."
      },
      {
        "name": "publishedAt",
        "type": {
          "type": "long",
          "logicalType": "timestamp-millis"
        },
        "doc": "When it was published. Milliseconds since the epoch, UTC."
      },
      {
        "name": "version",
        "type": "long",
        "default": 0,
        "doc": "Revision of the episode: 1 when created, one more with each change, the tombstone's included; 0 where it was not recorded. Of two states of the same episode the greater one is the newer."
      }
    ]
  },
  "earlier": [
    {
      "type": "record",
      "name": "Episode",
      "namespace": "music.podcasts",
      "doc": "The state of a podcast episode after a change; the newest one of an episodeId is current, a tombstone deletes.",
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
          "name": "episodeId",
          "type": "string",
          "doc": "Identifies the episode, as episode-1; the itemId of interactions."
        },
        {
          "name": "title",
          "type": "string",
          "doc": "The title as published."
        },
        {
          "name": "podcastId",
          "type": "string",
          "doc": "Identifies the podcast it belongs to, as podcast-1."
        },
        {
          "name": "podcastTitle",
          "type": "string",
          "doc": "The podcast's title when the episode was published."
        },
        {
          "name": "publisher",
          "type": "string",
          "doc": "Who publishes the podcast."
        },
        {
          "name": "topics",
          "type": {
            "type": "array",
            "items": "string"
          },
          "doc": "What it is about, the most fitting first; at least one."
        },
        {
          "name": "language",
          "type": "string",
          "doc": "The language spoken: BCP 47, as en or de-CH."
        },
        {
          "name": "durationMs",
          "type": "long",
          "doc": "Length in milliseconds."
        },
        {
          "name": "explicit",
          "type": "boolean",
          "doc": "Whether the publisher marks it as explicit."
        },
        {
          "name": "publishedAt",
          "type": {
            "type": "long",
            "logicalType": "timestamp-millis"
          },
          "doc": "When it was published. Milliseconds since the epoch, UTC."
        }
      ]
    }
  ]
};
