import type { UserPlan } from '@mesh/contracts';
import type { User } from '../../domain/user.js';

export interface UserRow {
  readonly user_id: string;
  readonly version: string;
  readonly display_name: string;
  readonly country: string;
  readonly birth_year: number | null;
  /** Written by this service, which knows no others. */
  readonly plan: UserPlan;
  readonly favourite_genres: readonly string[];
  readonly registered_at: Date;
}

export const READ = `
SELECT user_id, version, display_name, country, birth_year, plan, favourite_genres, registered_at
FROM users WHERE user_id = $1 AND NOT deleted`;
export const STATE = 'SELECT version, deleted FROM users WHERE user_id = $1';

const VALUES = `display_name = $2, country = $3, birth_year = $4, plan = $5, favourite_genres = $6,
  registered_at = $7, changed_at = $8`;

/** Nothing comes back where the user exists. One who was deleted goes on from the version left behind. */
export const INSERT = `
INSERT INTO users AS before (user_id, version, display_name, country, birth_year, plan, favourite_genres,
  registered_at, changed_at, deleted)
VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8, false)
ON CONFLICT (user_id) DO UPDATE SET ${VALUES}, version = before.version + 1, deleted = false
WHERE before.deleted
RETURNING version`;
export const REPLACE = `
UPDATE users SET ${VALUES}, version = version + 1
WHERE user_id = $1 AND version = $9 AND NOT deleted
RETURNING version`;
export const REMOVE = `
UPDATE users SET display_name = NULL, country = NULL, birth_year = NULL, plan = NULL, favourite_genres = NULL,
  registered_at = NULL, changed_at = $2, version = version + 1, deleted = true
WHERE user_id = $1 AND version = $3 AND NOT deleted
RETURNING version`;

/** In the order of the statements' parameters. */
export function toColumns(user: User): readonly unknown[] {
  const { userId, displayName, country, birthYear, plan, favouriteGenres, registeredAt } = user;
  return [userId, displayName, country, birthYear, plan, favouriteGenres, new Date(registeredAt)];
}

/** In the order of the API's schema. */
export function toUser(row: UserRow): User {
  return {
    userId: row.user_id,
    displayName: row.display_name,
    country: row.country,
    birthYear: row.birth_year,
    plan: row.plan,
    favouriteGenres: row.favourite_genres,
    registeredAt: row.registered_at.getTime(),
  };
}
