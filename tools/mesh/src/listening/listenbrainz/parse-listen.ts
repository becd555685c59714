/** A listen as ListenBrainz exports it, with what we take from it. */
export interface Listen {
  /** Seconds since the epoch. */
  readonly listenedAt: number;
  readonly userName: string;
  readonly artistName: string;
  readonly trackName: string;
  /** The recording's id at MusicBrainz, or, where it is not known there, at MessyBrainz. */
  readonly recordingId: string | undefined;
  /** Milliseconds. */
  readonly durationMs: number | undefined;
}

/** What a line is, or what is wrong with it. */
export type Parsed = { readonly listen: Listen } | { readonly field: string; readonly reason: string };

/** ListenBrainz takes no listen from before October 2002, when the first scrobbler went on line. */
const FIRST_LISTEN = 1_033_430_400;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

class Fault extends Error {
  readonly field: string;

  constructor(field: string, reason: string) {
    super(reason);
    this.field = field;
  }
}

/**
 * Reads one line of a ListenBrainz export. Fields we do not use are ignored, whatever they hold.
 * Source: https://listenbrainz.readthedocs.io/en/latest/users/json.html
 */
export function parseListen(text: string): Parsed {
  try {
    return { listen: toListen(parseJson(text)) };
  } catch (error) {
    if (error instanceof Fault) return { field: error.field, reason: error.message };
    throw error;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Fault('', `is no JSON: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

function toListen(value: unknown): Listen {
  const root = object(value, '');
  const listenedAt = root['listened_at'];
  if (!Number.isSafeInteger(listenedAt)) {
    throw new Fault('listened_at', 'must be a whole number of seconds since the epoch');
  }
  if (Number(listenedAt) < FIRST_LISTEN) {
    throw new Fault('listened_at', 'must not be before October 2002 (1033430400)');
  }
  const track = object(root['track_metadata'], 'track_metadata');
  const info = track['additional_info'] ?? {};
  const additional = object(info, 'track_metadata.additional_info');
  if (track['release_name'] !== undefined && track['release_name'] !== null) {
    text(track['release_name'], 'track_metadata.release_name');
  }
  return {
    listenedAt: Number(listenedAt),
    userName: text(root['user_name'], 'user_name'),
    artistName: text(track['artist_name'], 'track_metadata.artist_name'),
    trackName: text(track['track_name'], 'track_metadata.track_name'),
    recordingId: uuid(additional, 'recording_mbid') ?? uuid(additional, 'recording_msid'),
    durationMs: duration(additional),
  };
}

function object(value: unknown, field: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Fault(field, value === undefined ? 'is missing' : 'must be an object');
  }
  return value as Record<string, unknown>;
}

function text(value: unknown, field: string): string {
  if (value === undefined) throw new Fault(field, 'is missing');
  if (typeof value !== 'string' || value.trim() === '')
    throw new Fault(field, 'must be a text that is not empty');
  return value;
}

function uuid(additional: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = additional[name];
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string' || !UUID.test(value)) {
    throw new Fault(`track_metadata.additional_info.${name}`, 'must be a UUID');
  }
  return value.toLowerCase();
}

/** Clients send one of the two, `duration` in seconds. */
function duration(additional: Readonly<Record<string, unknown>>): number | undefined {
  for (const [name, unit] of [
    ['duration_ms', 1],
    ['duration', 1_000],
  ] as const) {
    const value = additional[name];
    if (value === undefined || value === null) continue;
    if (typeof value !== 'number' || !(value >= 0) || value > 2 ** 40) {
      throw new Fault(`track_metadata.additional_info.${name}`, 'must be a number, 0 or more');
    }
    return Math.round(value * unit);
  }
  return undefined;
}
