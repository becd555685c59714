import { Type } from '@sinclair/typebox';

/** What every service reads that keeps its entities in DynamoDB, with an outbox; to be spread into its own properties. */
export const DynamoDbConfigProperties = {
  /** Entities, their events and what the relay keeps; provisioning creates it. */
  DYNAMODB_TABLE: Type.String({
    pattern: '^[a-zA-Z0-9_.-]{3,255}$',
    description: 'the name of a DynamoDB table',
  }),
  /** How long one request goes on under throttling, conflicts and outages of DynamoDB before it is answered 503. */
  DYNAMODB_RETRY_MS: Type.Integer({ default: 3_000, minimum: 100, maximum: 60_000 }),
  /** After so long without a sign of the instance that relays, another one takes over. */
  OUTBOX_LEASE_MS: Type.Integer({ default: 10_000, minimum: 500, maximum: 300_000 }),
};
