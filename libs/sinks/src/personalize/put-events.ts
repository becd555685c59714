import { PutEventsCommand, type PersonalizeEventsClient } from '@aws-sdk/client-personalize-events';
import { classifyAwsError, type KnownErrors } from '../aws/classify.js';
import type { BatchTransport } from '../batching/transport.js';
import type { PersonalizeEvent } from './event.js';

const KNOWN: KnownErrors = {
  InvalidInputException: 'rejected',
  ResourceNotFoundException: 'misconfigured',
  ResourceInUseException: 'retryable',
};

/** PutEvents: 1 to 10 events of one user and session; it takes all of them or none. */
export function putEvents(
  client: PersonalizeEventsClient,
  trackingId: string,
): BatchTransport<PersonalizeEvent> {
  return {
    name: 'personalize-events PutEvents',
    async send(events, abortSignal) {
      const first = events[0];
      if (first === undefined) return [];
      const command = new PutEventsCommand({
        trackingId,
        userId: first.userId,
        sessionId: first.sessionId,
        eventList: events.map(({ eventId, eventType, eventValue, itemId, sentAt, properties }) => ({
          eventId,
          eventType,
          eventValue,
          itemId,
          sentAt: new Date(sentAt),
          properties,
        })),
      });
      await client.send(command, { abortSignal });
      return [];
    },
    classify(error) {
      const failure = classifyAwsError(error, KNOWN);
      // The model gives PutEvents one error for every bad input; the tracker, and the group and the dataset behind it,
      // are no record's.
      const aboutTracker =
        failure.verdict === 'rejected' &&
        /tracking ?id|event ?tracker|dataset[ -]?group/i.test(failure.message);
      return aboutTracker ? { ...failure, verdict: 'misconfigured' } : failure;
    },
  };
}
