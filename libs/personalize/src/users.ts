import type { User } from '@mesh/contracts';
import type { UserRow } from './datasets.js';

/** A user without name and year of birth: Personalize has no use for them. */
export function userRow(user: User): UserRow {
  return { USER_ID: user.userId, COUNTRY: user.country, PLAN: user.plan };
}

/**
 * What is left of a user who was deleted: an id that nothing more is known of. PutUsers can't take that away too; a
 * data deletion job can, with what the user has played.
 */
export function deletedUserRow(userId: string): UserRow {
  return { USER_ID: userId, COUNTRY: null, PLAN: null };
}
