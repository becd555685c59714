import type { ListeningEvent } from '../event.js';
import { stableUuid } from '../stable-uuid.js';
import { generateCatalogue, type Catalogue } from './catalogue.js';
import { Chooser } from './chooser.js';
import { mergeByTime } from './merge.js';
import { Random } from './random.js';
import { timeline, type Moment } from './timeline.js';
import { generateListeners, type Listener } from './users.js';

export interface ListeningLogOptions {
  /** Default `music-mesh`. */
  readonly seed?: string;
  /** How many interactions; default 50,000. */
  readonly count?: number;
  /** The first midnight of the log. Milliseconds since the epoch; default 6 January 2025, a Monday, in UTC. */
  readonly startsAt?: number;
  /** Default: {@link generateCatalogue} of the seed. */
  readonly catalogue?: Catalogue;
  /** Default: {@link generateListeners} of the seed. */
  readonly listeners?: readonly Listener[];
}

const DEFAULT_START = Date.UTC(2025, 0, 6);

/**
 * The listening log: what all users do, in order of time, each event at least a millisecond after the one before. It
 * is made as it is read and holds a few hundred bytes a user, however long it gets; with the default users it covers
 * about one day for 8,000 interactions.
 *
 * Equal options give equal events; a longer log starts with the shorter one. Event ids are name-based UUIDs of
 * everything the log is made from and the event's position, so sending a log again sends the same events, and a log
 * that differs in anything shares no id with it.
 *
 * @throws RangeError where count is no whole number, or there are no items or users
 */
export function* generateListeningLog(
  options: ListeningLogOptions = {},
): Generator<ListeningEvent, void, undefined> {
  const { seed = 'music-mesh', count = 50_000, startsAt = DEFAULT_START } = options;
  if (!Number.isSafeInteger(count) || count < 0)
    throw new RangeError('count must be a whole number, at least 0');
  const catalogue = options.catalogue ?? generateCatalogue({ seed });
  const listeners = options.listeners ?? generateListeners({ seed });
  if (listeners.length === 0) throw new RangeError('a listening log needs users');
  if (count === 0) return;

  const logId = stableUuid(
    'listening-log',
    seed,
    startsAt,
    JSON.stringify([catalogue.items, describe(listeners)]),
  );
  const prefix = logId.slice(0, 8);
  let last = -1;
  let index = 0;
  for (const { userId, moment } of mergeByTime(timelines(seed, catalogue, listeners))) {
    last = Math.max(last + 1, moment.at);
    yield {
      eventId: stableUuid(logId, index),
      eventType: moment.eventType,
      occurredAt: startsAt + last,
      userId,
      sessionId: `session-${prefix}-${userId}-${moment.session}`,
      itemId: moment.item.itemId,
      itemType: moment.item.itemType,
      positionMs: moment.positionMs,
      durationMs: moment.item.durationMs,
    };
    if (++index === count) return;
  }
}

/**
 * When to start a log so that its last event is the millisecond before `endsBefore`. Makes the log once to see how
 * long it is.
 */
export function startOfLogEndingBefore(
  endsBefore: number,
  options: Omit<ListeningLogOptions, 'startsAt'>,
): number {
  let duration = 0;
  for (const { occurredAt } of generateListeningLog({ ...options, startsAt: 0 })) duration = occurredAt;
  return endsBefore - 1 - duration;
}

interface UserMoment {
  readonly at: number;
  readonly userId: string;
  readonly moment: Moment;
}

function timelines(
  seed: string,
  catalogue: Catalogue,
  listeners: readonly Listener[],
): Iterator<UserMoment, void, undefined>[] {
  const chooser = new Chooser(catalogue);
  return listeners.map((listener) => {
    const { userId } = listener;
    // A generator of its own for each user, so that adding a user leaves what the others do as it was.
    const random = new Random(`${seed}/log/${userId}`);
    return named(userId, timeline(listener, chooser, random));
  });
}

function* named(userId: string, moments: Iterable<Moment>): Generator<UserMoment, void, undefined> {
  for (const moment of moments) yield { at: moment.at, userId, moment };
}

/** Users as JSON can hold them: a Map would be written as `{}`. */
function describe(listeners: readonly Listener[]): unknown {
  return listeners.map(({ tastes, ...user }) => ({
    ...user,
    tastes: { ...tastes, genres: [...tastes.genres], topics: [...tastes.topics] },
  }));
}
