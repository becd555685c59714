import type { Put } from '@aws-sdk/client-dynamodb';
import { keyOf, type Attributes, type Key } from './event-rows.js';
import { EXPIRY_ATTRIBUTE } from './table.js';

/** A client's name for one request. */
export interface Request {
  readonly key: string;
  /** A hash of all that it asks for. */
  readonly fingerprint: string;
}

/** A change that was made, as it was answered. */
export type ChangeOutcome<T> =
  | { readonly outcome: 'stored'; readonly version: number; readonly entity: T }
  | { readonly outcome: 'removed'; readonly version: number };

/** A repetition later than this is a request of its own. */
const LIFE_S = 24 * 60 * 60;

export function requestKey({ key }: Request): Key {
  return keyOf(`request#${key}`, 'outcome');
}

/** The item that keeps the outcome, written with the change. DynamoDB deletes it some time after it has expired. */
export function outcomeItem<T>(
  request: Request,
  outcome: ChangeOutcome<T>,
  now: number,
): Omit<Put, 'TableName'> {
  const seconds = Math.floor(now / 1_000);
  return {
    Item: {
      ...requestKey(request),
      fingerprint: { S: request.fingerprint },
      outcome: { S: JSON.stringify(outcome) },
      [EXPIRY_ATTRIBUTE]: { N: String(seconds + LIFE_S) },
    },
    ConditionExpression: `attribute_not_exists(pk) OR ${EXPIRY_ATTRIBUTE} <= :now`,
    ExpressionAttributeValues: { ':now': { N: String(seconds) } },
  };
}

/** What a request led to before. */
export function readOutcome<T>(
  item: Attributes | undefined,
  { fingerprint }: Request,
  now: number,
): ChangeOutcome<T> | { readonly outcome: 'key-reused' } | undefined {
  const text = item?.['outcome']?.S;
  if (text === undefined || Number(item?.[EXPIRY_ATTRIBUTE]?.N) <= now / 1_000) return undefined;
  if (item?.['fingerprint']?.S !== fingerprint) return { outcome: 'key-reused' };
  // Written by outcomeItem.
  return JSON.parse(text) as ChangeOutcome<T>;
}
