import type { Interaction } from '@mesh/contracts';
import { jsonSerde, SessionWindows, type KStream } from '@mesh/streams';
import { addToSession, mergeSessions, noSession, type Session } from './domain/session.js';
import type { Parts } from './parts.js';

/** A user's sittings, told apart by the time between events, on whatever players. */
export function countSessions(
  listening: KStream<string, Interaction>,
  { sessionGapMs, graceMs }: Parts,
): void {
  listening
    .groupByKey()
    .windowedBy(SessionWindows.of({ gapMs: sessionGapMs, graceMs }))
    .aggregate(
      () => noSession,
      (_user, event, session) => addToSession(session, event),
      (_user, one, other) => mergeSessions(one, other),
      { name: 'sessions', store: 'sessions-per-user', value: jsonSerde<Session>() },
    );
}
