import { userPlans, type EntityFields, type User as UserEvent } from '@mesh/contracts';
import {
  entityFields,
  idField,
  instantField,
  nullableField,
  patternField,
  textField,
  textsField,
  Type,
  type EntityDefinition,
  type EntityField,
} from '@mesh/service';
import { randomUUID } from 'node:crypto';

/** Somebody who listens. */
export type User = EntityFields<UserEvent>;

/** The oldest person ever was born in 1875. */
const EARLIEST_BIRTH = 1875;
const LATEST_BIRTH = 2100;
/** Seconds taken for milliseconds end up before. */
const EARLIEST_REGISTRATION = Date.UTC(2000, 0, 1);
const LATEST_REGISTRATION = Date.UTC(2101, 0, 1);
/** How far a caller's clock may run ahead. Milliseconds. */
const CLOCK_TOLERANCE_MS = 5 * 60_000;
const MAX_GENRES = 20;

const birthYear: EntityField = {
  schema: Type.Integer({
    minimum: EARLIEST_BIRTH,
    maximum: LATEST_BIRTH,
    description: 'Null where it was not told.',
  }),
  rule: `a year from ${EARLIEST_BIRTH} on`,
};
const plan: EntityField = {
  schema: Type.Union(
    userPlans.map((name) => Type.Literal(name)),
    { description: 'What the user pays for.' },
  ),
  rule: `one of ${userPlans.join(', ')}`,
};
const genres = textsField('The dearest first; empty where none was chosen.', 'genres', {
  minItems: 0,
  maxItems: MAX_GENRES,
});
const favouriteGenres: EntityField = { ...genres, schema: { ...genres.schema, default: [] } };

export const userDefinition: EntityDefinition<User> = {
  name: 'user',
  plural: 'users',
  idField: 'userId',
  ...entityFields<User>('User', {
    userId: idField('Which user; the userId of interactions.'),
    displayName: textField('The name that others see.', 100),
    country: patternField(
      'Where the account is registered.',
      '^[A-Z]{2}$',
      'two capitals as in ISO 3166-1 alpha-2',
    ),
    birthYear: nullableField(birthYear),
    plan,
    favouriteGenres,
    registeredAt: instantField(
      'When the account was opened; now, where a creating request leaves it out.',
      EARLIEST_REGISTRATION,
      LATEST_REGISTRATION,
    ),
  }),
  filled: (now) => ({ registeredAt: now }),
  check: (user, now) => {
    if (user.birthYear !== null && user.birthYear > new Date(now).getUTCFullYear()) {
      return { field: 'birthYear', reason: 'must not be in the future' };
    }
    if (user.registeredAt > now + CLOCK_TOLERANCE_MS) {
      return { field: 'registeredAt', reason: 'must not be in the future' };
    }
    return undefined;
  },
  newId: () => `user-${randomUUID()}`,
};
