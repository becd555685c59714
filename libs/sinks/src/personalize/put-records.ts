import {
  PutItemsCommand,
  PutUsersCommand,
  type PersonalizeEventsClient,
} from '@aws-sdk/client-personalize-events';
import { classifyAwsError, type KnownErrors } from '../aws/classify.js';
import type { BatchTransport } from '../batching/transport.js';
import type { PersonalizeItem } from './personalize-items-sink.js';
import type { PersonalizeUser } from './personalize-users-sink.js';

const KNOWN: KnownErrors = {
  InvalidInputException: 'rejected',
  ResourceNotFoundException: 'misconfigured',
  // The dataset is being updated.
  ResourceInUseException: 'retryable',
};

/** PutUsers: 1 to 10 users; it takes all of them or none. */
export function putUsers(
  client: PersonalizeEventsClient,
  datasetArn: string,
): BatchTransport<PersonalizeUser> {
  return allOrNone('personalize-events PutUsers', (users, abortSignal) =>
    client.send(new PutUsersCommand({ datasetArn, users: [...users] }), { abortSignal }),
  );
}

/** PutItems: 1 to 10 items; it takes all of them or none. */
export function putItems(
  client: PersonalizeEventsClient,
  datasetArn: string,
): BatchTransport<PersonalizeItem> {
  return allOrNone('personalize-events PutItems', (items, abortSignal) =>
    client.send(new PutItemsCommand({ datasetArn, items: [...items] }), { abortSignal }),
  );
}

function allOrNone<T>(
  name: string,
  put: (records: readonly T[], signal: AbortSignal) => Promise<unknown>,
): BatchTransport<T> {
  return {
    name,
    async send(records, signal) {
      if (records.length > 0) await put(records, signal);
      return [];
    },
    classify(error) {
      const failure = classifyAwsError(error, KNOWN);
      // There is one error for every bad input, and the dataset is no record's.
      const aboutDataset = failure.verdict === 'rejected' && /dataset ?arn|:dataset\//i.test(failure.message);
      return aboutDataset ? { ...failure, verdict: 'misconfigured' } : failure;
    },
  };
}
