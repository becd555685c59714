import type { RejectedRecordError } from '@mesh/streams';
import { checkProperties, checkText, rejected } from './checks.js';

/**
 * An event as PutEvents takes it, with the user and the session that a call is for.
 * Source: Amazon Personalize API reference, PutEvents and Event.
 */
export interface PersonalizeEvent {
  readonly userId: string;
  readonly sessionId: string;
  /** Makes writing again harmless: of several events with one id only the first is used. */
  readonly eventId: string;
  readonly eventType: string;
  readonly eventValue?: number;
  readonly itemId?: string;
  /** Milliseconds since the epoch. */
  readonly sentAt: number;
  /** A JSON object as text, up to 1,024 characters. */
  readonly properties?: string;
}

const MAX_PROPERTIES = 1_024;

/** Checks what the API would refuse, so that a poison record costs no call and spoils no batch. */
export function checkPersonalizeEvent(event: PersonalizeEvent): RejectedRecordError | undefined {
  return (
    checkText('userId', event.userId) ??
    checkText('sessionId', event.sessionId) ??
    checkText('eventId', event.eventId) ??
    checkText('eventType', event.eventType) ??
    (event.itemId === undefined ? undefined : checkText('itemId', event.itemId)) ??
    checkNumbers(event) ??
    checkProperties(event.properties, MAX_PROPERTIES)
  );
}

function checkNumbers({ sentAt, eventValue }: PersonalizeEvent): RejectedRecordError | undefined {
  // 8.64e15 is the last instant that a Date can hold.
  if (!Number.isFinite(sentAt) || Math.abs(sentAt) > 8.64e15) {
    return rejected('FIELD_INVALID', 'sentAt', `is ${String(sentAt)}, which is no time in milliseconds`);
  }
  if (eventValue !== undefined && !Number.isFinite(eventValue)) {
    return rejected('FIELD_INVALID', 'eventValue', `is ${String(eventValue)}, which is no number`);
  }
  return undefined;
}
