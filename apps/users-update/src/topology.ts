import { user, type User } from '@mesh/contracts';
import type { PersonalizeUser } from '@mesh/sinks';
import { nullable, StreamsBuilder, stringSerde, type Serde, type Sink, type Topology } from '@mesh/streams';
import { toPersonalizeUser } from './user.js';

export interface Parts {
  readonly value: Serde<User>;
  readonly sink: Sink<string, PersonalizeUser>;
}

/**
 * States under way for each task: few enough that those of four partitions are written, at the rate of PutUsers, within
 * the seconds that a stop gives.
 */
const MAX_OUTSTANDING = 150;

/** users → Personalize's dataset of users. */
export function topology({ value, sink }: Parts): Topology {
  const builder = new StreamsBuilder();
  builder
    .stream(user.topic, { key: stringSerde, value: nullable(value) })
    .mapValues((state, userId) => toPersonalizeUser(userId, state), { name: 'to-personalize-user' })
    .sink(sink, { name: 'personalize-users', maxOutstanding: MAX_OUTSTANDING });
  return builder.build();
}
