// Generated from schemas/ by tools/codegen; do not edit. Change the source, then: npm run generate
// version 1 sha256 265b3a1af5415a4d611fcebf0a2bc261f796cc87e095a7b2fabe224d50bfd2e6
// version 2 sha256 d45ae7026cc130e1144fa65ff22200ddb2a5a071c1c41cbbc02619e95814b2d3
import type { EventContract } from '../contract.js';

/** The state of a user after a change; the newest one of a userId is current, a tombstone deletes. */
export interface User {
  /** Identifies this event for ever; a repeated delivery carries the same id, so that its effect happens once. A UUID. */
  readonly eventId: string;
  /** When the change took effect. Milliseconds since the epoch, UTC; also the timestamp of the Kafka record. */
  readonly occurredAt: number;
  /** The application that published the event, as interactions. */
  readonly producer: string;
  /** Shared by all that one request led to, in logs, traces and events. */
  readonly correlationId: string;
  /** Identifies the user, as user-42. */
  readonly userId: string;
  /** The name that others see. */
  readonly displayName: string;
  /** Where the account is registered: ISO 3166-1 alpha-2, as CH. */
  readonly country: string;
  /** Year of birth; null where the user did not tell. */
  readonly birthYear: number | null;
  /** The subscription in force. */
  readonly plan: UserPlan;
  /** Genres chosen when signing up, the dearest first; empty where none. */
  readonly favouriteGenres: readonly string[];
  /** When the account was opened. Milliseconds since the epoch, UTC. */
  readonly registeredAt: number;
  /** Revision of the user: 1 when created, one more with each change, the tombstone's included; 0 where it was not recorded. Of two states of the same user the greater one is the newer. */
  readonly version: number;
}

export const userPlans = ['FREE', 'PREMIUM', 'FAMILY'] as const;
/** What the user pays for. */
export type UserPlan = (typeof userPlans)[number];

/** The state of a user after a change; the newest one of a userId is current, a tombstone deletes. */
export const user: EventContract<User> = {
  "domain": "users",
  "event": "user",
  "schemaName": "users.user",
  "type": "music.users.User",
  "topic": "users",
  "version": 2,
  "key": {
    "field": "userId",
    "why": "The newest state of a user must win, so all its changes have to be in one partition; the same key as interactions, so that both can be joined without re-partitioning."
  },
  "schema": {
    "type": "record",
    "name": "User",
    "namespace": "music.users",
    "doc": "The state of a user after a change; the newest one of a userId is current, a tombstone deletes.",
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
        "name": "userId",
        "type": "string",
        "doc": "Identifies the user, as user-42.",
        "tags": [
          "PII"
        ]
      },
      {
        "name": "displayName",
        "type": "string",
        "doc": "The name that others see.",
        "tags": [
          "PII"
        ]
      },
      {
        "name": "country",
        "type": "string",
        "doc": "Where the account is registered: ISO 3166-1 alpha-2, as CH."
      },
      {
        "name": "birthYear",
        "type": [
          "null",
          "int"
        ],
        "default": null,
        "doc": "Year of birth; null where the user did not tell.",
        "tags": [
          "PII"
        ]
      },
      {
        "name": "plan",
        "type": {
          "type": "enum",
          "name": "Plan",
          "doc": "What the user pays for.",
          "symbols": [
            "FREE",
            "PREMIUM",
            "FAMILY"
          ]
        },
        "doc": "The subscription in force."
      },
      {
        "name": "favouriteGenres",
        "type": {
          "type": "array",
          "items": "string"
        },
        "default": [],
        "doc": "Genres chosen when signing up, the dearest first; empty where none."
      },
      {
        "name": "registeredAt",
        "type": {
          "type": "long",
          "logicalType": "timestamp-millis"
        },
        "doc": "When the account was opened. Milliseconds since the epoch, UTC."
      },
      {
        "name": "version",
        "type": "long",
        "default": 0,
        "doc": "Revision of the user: 1 when created, one more with each change, the tombstone's included; 0 where it was not recorded. Of two states of the same user the greater one is the newer."
      }
    ]
  },
  "earlier": [
    {
      "type": "record",
      "name": "User",
      "namespace": "music.users",
      "doc": "The state of a user after a change; the newest one of a userId is current, a tombstone deletes.",
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
          "name": "userId",
          "type": "string",
          "doc": "Identifies the user, as user-42.",
          "tags": [
            "PII"
          ]
        },
        {
          "name": "displayName",
          "type": "string",
          "doc": "The name that others see.",
          "tags": [
            "PII"
          ]
        },
        {
          "name": "country",
          "type": "string",
          "doc": "Where the account is registered: ISO 3166-1 alpha-2, as CH."
        },
        {
          "name": "birthYear",
          "type": [
            "null",
            "int"
          ],
          "default": null,
          "doc": "Year of birth; null where the user did not tell.",
          "tags": [
            "PII"
          ]
        },
        {
          "name": "plan",
          "type": {
            "type": "enum",
            "name": "Plan",
            "doc": "What the user pays for.",
            "symbols": [
              "FREE",
              "PREMIUM",
              "FAMILY"
            ]
          },
          "doc": "The subscription in force."
        },
        {
          "name": "favouriteGenres",
          "type": {
            "type": "array",
            "items": "string"
          },
          "default": [],
          "doc": "Genres chosen when signing up, the dearest first; empty where none."
        },
        {
          "name": "registeredAt",
          "type": {
            "type": "long",
            "logicalType": "timestamp-millis"
          },
          "doc": "When the account was opened. Milliseconds since the epoch, UTC."
        }
      ]
    }
  ]
};
