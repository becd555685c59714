import { createReadStream } from 'node:fs';
import type { NumberedEvent, RejectedLine } from '../event.js';
import { stableUuid } from '../stable-uuid.js';
import { splitLines } from './lines.js';
import { parseListen, type Listen } from './parse-listen.js';

export interface ListenBrainzOptions {
  /** Told of each line that holds no listen, in the order of the file. */
  readonly onRejected?: (line: RejectedLine) => void;
  /** A longer line is rejected unread. Bytes, default 1 MiB. */
  readonly maxLineBytes?: number;
}

const SESSION_GAP_SECONDS = 30 * 60;
/** Sessions are followed for so many users at once; of one not heard of for longest, the next listen starts anew. */
const MAX_OPEN_SESSIONS = 100_000;

/** Reads a file; see {@link readListens}. @throws the file system's error where it cannot be read */
export function readListenBrainzFile(
  path: string,
  options: ListenBrainzOptions = {},
): AsyncGenerator<NumberedEvent, void, undefined> {
  return readListens(createReadStream(path), options);
}

/**
 * Turns a ListenBrainz export (JSON Lines) into interactions, one PLAY for each listen, in the order of the file and
 * line by line: the file may be longer than memory. A bad line is reported and left out. Empty lines are passed over.
 *
 * The ids are the same for the same listens, in whatever file:
 *
 * - `itemId`: `song-<recording_mbid>`, else `song-<recording_msid>`, else `song-<UUIDv5 of artist and track>`, both in
 *   lower case with blanks trimmed;
 * - `userId`: `user-<user_name>` where the name is of 1–64 characters `A-Z a-z 0-9 . _ -`, else
 *   `user-<UUIDv5 of the name>`;
 * - `sessionId`: `session-<UUIDv5 of user and first listen>`; a listen more than 30 minutes from the user's one before
 *   starts a session. It works both ways, since ListenBrainz also gives listens newest first;
 * - `eventId`: the UUIDv5 of user, second and item, by which ListenBrainz tells listens apart, too.
 */
export async function* readListens(
  chunks: AsyncIterable<Buffer | string>,
  options: ListenBrainzOptions = {},
): AsyncGenerator<NumberedEvent, void, undefined> {
  const maxLineBytes = options.maxLineBytes ?? 2 ** 20;
  const sessions = new Sessions();
  for await (const entry of splitLines(chunks, maxLineBytes)) {
    const { line } = entry;
    if ('tooLong' in entry) {
      options.onRejected?.({ line, field: '', reason: `is longer than ${maxLineBytes} bytes` });
      continue;
    }
    if (entry.text.trim() === '') continue;
    const parsed = parseListen(entry.text);
    if ('listen' in parsed) yield { line, event: toEvent(parsed.listen, sessions) };
    else options.onRejected?.({ line, ...parsed });
  }
}

function toEvent(listen: Listen, sessions: Sessions): NumberedEvent['event'] {
  const userId = userIdOf(listen.userName);
  const itemId = itemIdOf(listen);
  return {
    eventId: stableUuid('listen', userId, listen.listenedAt, itemId),
    eventType: 'PLAY',
    occurredAt: listen.listenedAt * 1_000,
    userId,
    sessionId: sessions.of(userId, listen.listenedAt),
    itemId,
    itemType: 'SONG',
    positionMs: 0,
    ...(listen.durationMs === undefined ? {} : { durationMs: listen.durationMs }),
  };
}

function userIdOf(name: string): string {
  return /^[A-Za-z0-9._-]{1,64}$/.test(name) ? `user-${name}` : `user-${stableUuid('user', name)}`;
}

function itemIdOf({ recordingId, artistName, trackName }: Listen): string {
  const normal = (text: string): string => text.trim().toLowerCase();
  return `song-${recordingId ?? stableUuid('song', normal(artistName), normal(trackName))}`;
}

/** The session each user is in. The order of the map is that of the last listen. */
class Sessions {
  readonly #open = new Map<string, { readonly id: string; readonly last: number }>();

  of(userId: string, listenedAt: number): string {
    const open = this.#open.get(userId);
    const goesOn = open !== undefined && Math.abs(listenedAt - open.last) <= SESSION_GAP_SECONDS;
    const id = goesOn ? open.id : `session-${stableUuid('session', userId, listenedAt)}`;
    this.#open.delete(userId);
    this.#open.set(userId, { id, last: listenedAt });
    if (this.#open.size > MAX_OPEN_SESSIONS) {
      const oldest = this.#open.keys().next();
      if (oldest.done !== true) this.#open.delete(oldest.value);
    }
    return id;
  }
}
