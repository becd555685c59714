import { checkProperties, checkText } from './checks.js';
import { putUsers } from './put-records.js';
import { RecordsSink, type RecordsKind, type RecordsSinkOptions } from './records-sink.js';

/**
 * A user as PutUsers takes one: the whole state, which replaces what there was under the id.
 * Source: Amazon Personalize API reference, PutUsers and User.
 */
export interface PersonalizeUser {
  readonly userId: string;
  /** A JSON object as text, up to 24,000 characters; its keys are the schema's fields in camel case. */
  readonly properties?: string;
}

const MAX_PROPERTIES = 24_000;

const users: RecordsKind<PersonalizeUser> = {
  name: 'personalize-users',
  idOf: ({ userId }) => userId,
  check: ({ userId, properties }) =>
    checkText('userId', userId) ?? checkProperties(properties, MAX_PROPERTIES),
  transport: putUsers,
};

/**
 * Writes users into a Personalize dataset of Users: up to 10 a call, 10 calls a second unless told otherwise. The last
 * state of a user wins; states that a newer one replaced before they were sent are done with it.
 */
export class PersonalizeUsersSink<K = unknown> extends RecordsSink<K, PersonalizeUser> {
  constructor(options: RecordsSinkOptions) {
    super(users, options);
  }
}
