/** An interaction as the HTTP API takes it: one element of `POST /v1/interactions/batch`. */
export interface ListeningEvent {
  /** A UUID. Sending an event again under the same id is the same event. */
  readonly eventId: string;
  readonly eventType: 'PLAY' | 'SKIP' | 'LIKE' | 'FINISH' | 'FOLLOW';
  /** Milliseconds since the epoch. */
  readonly occurredAt: number;
  readonly userId: string;
  readonly sessionId: string;
  readonly itemId: string;
  readonly itemType: 'SONG' | 'EPISODE';
  /** How far into the item, in milliseconds. */
  readonly positionMs?: number;
  /** Length of the item, in milliseconds. */
  readonly durationMs?: number;
}

/** An event and where it came from: the line of a file, or the position in a generated log, from 1. */
export interface NumberedEvent {
  readonly line: number;
  readonly event: ListeningEvent;
}

/** What is wrong with one line, and in which field of it. */
export interface RejectedLine {
  readonly line: number;
  /** A path as `track_metadata.artist_name`; empty where the whole line is meant. */
  readonly field: string;
  readonly reason: string;
}

/** Numbers the events of a log from 1. */
export function* numbered(events: Iterable<ListeningEvent>): Generator<NumberedEvent, void, undefined> {
  let line = 0;
  for (const event of events) yield { line: ++line, event };
}
