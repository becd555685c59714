import type { User } from '@mesh/contracts';
import { deletedUserRow, propertiesOf, userRow } from '@mesh/personalize';
import type { PersonalizeUser } from '@mesh/sinks';

/** A user's state as PutUsers takes it; `null` is a user who was deleted. */
export function toPersonalizeUser(userId: string, state: User | null): PersonalizeUser {
  const row = state === null ? deletedUserRow(userId) : userRow(state);
  return { userId, properties: propertiesOf(row) };
}
