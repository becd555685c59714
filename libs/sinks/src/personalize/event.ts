import { RejectedRecordError } from '@mesh/streams';

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

const MAX_ID = 256;
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
    checkProperties(event.properties)
  );
}

function checkText(field: string, value: unknown): RejectedRecordError | undefined {
  if (typeof value !== 'string' || value === '') {
    return rejected('FIELD_MISSING', field, 'must be text of 1 to 256 characters');
  }
  if (value.length > MAX_ID)
    return rejected('FIELD_TOO_LONG', field, `has ${value.length} characters, allowed are 256`);
  return undefined;
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

function checkProperties(properties: string | undefined): RejectedRecordError | undefined {
  if (properties === undefined) return undefined;
  if (properties.length > MAX_PROPERTIES) {
    return rejected(
      'PROPERTIES_TOO_LONG',
      'properties',
      `has ${properties.length} characters, allowed are 1024`,
    );
  }
  try {
    const parsed: unknown = JSON.parse(properties);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return undefined;
  } catch (error) {
    return rejected('FIELD_INVALID', 'properties', 'is no JSON', error);
  }
  return rejected('FIELD_INVALID', 'properties', 'is JSON, but no object');
}

function rejected(reason: string, field: string, problem: string, cause?: unknown): RejectedRecordError {
  return new RejectedRecordError(reason, `${field} ${problem}`, cause === undefined ? {} : { cause });
}
