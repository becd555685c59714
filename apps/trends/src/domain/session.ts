import type { Interaction } from '@mesh/contracts';

/** What a user did in one sitting. */
export interface Session {
  readonly plays: number;
  readonly skips: number;
  /** Plays heard to the end. */
  readonly finishes: number;
}

export const noSession: Session = { plays: 0, skips: 0, finishes: 0 };

export function addToSession(session: Session, { eventType }: Interaction): Session {
  switch (eventType) {
    case 'PLAY':
      return { ...session, plays: session.plays + 1 };
    case 'SKIP':
      return { ...session, skips: session.skips + 1 };
    case 'FINISH':
      return { ...session, finishes: session.finishes + 1 };
    case 'LIKE':
    case 'FOLLOW':
      return session;
  }
}

/** Two sessions that an event between them shows to be one. */
export function mergeSessions(one: Session, other: Session): Session {
  return {
    plays: one.plays + other.plays,
    skips: one.skips + other.skips,
    finishes: one.finishes + other.finishes,
  };
}
