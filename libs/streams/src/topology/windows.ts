import { StreamsError } from '../errors.js';

export interface TimeWindowsOptions {
  /** Length of a window. Milliseconds, above 0. */
  readonly sizeMs: number;
  /** From one window's start to the next one's: below `sizeMs` windows overlap (hopping). Default: `sizeMs`. */
  readonly advanceMs?: number;
  /** How long after a window's end late records are still taken. Milliseconds, default 0. */
  readonly graceMs?: number;
}

/** Windows of fixed length, aligned to the epoch: tumbling, or hopping where `advanceMs` is below `sizeMs`. */
export class TimeWindows {
  readonly sizeMs: number;
  readonly advanceMs: number;
  readonly graceMs: number;

  private constructor(sizeMs: number, advanceMs: number, graceMs: number) {
    this.sizeMs = sizeMs;
    this.advanceMs = advanceMs;
    this.graceMs = graceMs;
  }

  /** @throws StreamsError `INVALID_TOPOLOGY` where the numbers make no windows */
  static of({ sizeMs, advanceMs = sizeMs, graceMs = 0 }: TimeWindowsOptions): TimeWindows {
    requireInteger('sizeMs', sizeMs, 1, 'TimeWindows');
    requireInteger('advanceMs', advanceMs, 1, 'TimeWindows');
    requireInteger('graceMs', graceMs, 0, 'TimeWindows');
    if (advanceMs > sizeMs) {
      throw new StreamsError(
        'INVALID_TOPOLOGY',
        `TimeWindows: advanceMs ${advanceMs} is above sizeMs ${sizeMs}: records between windows would be lost`,
      );
    }
    return new TimeWindows(sizeMs, advanceMs, graceMs);
  }

  /** The start of the earliest window that holds this time; the others follow by `advanceMs` up to the time itself. */
  firstStart(timestamp: number): number {
    const earliest = Math.max(0, timestamp - this.sizeMs + this.advanceMs);
    return earliest - (earliest % this.advanceMs);
  }
}

/** One window for each key, from a time on and without an end. Records from before it are left out. */
export class UnlimitedWindows {
  /** Milliseconds since the epoch. */
  readonly startMs: number;
  readonly sizeMs = Number.POSITIVE_INFINITY;
  readonly advanceMs = Number.POSITIVE_INFINITY;
  readonly graceMs = 0;

  private constructor(startMs: number) {
    this.startMs = startMs;
  }

  /**
   * @param options.startMs milliseconds since the epoch, default 0
   * @throws StreamsError `INVALID_TOPOLOGY` where that is no time
   */
  static of({ startMs = 0 }: { readonly startMs?: number } = {}): UnlimitedWindows {
    requireInteger('startMs', startMs, 0, 'UnlimitedWindows');
    return new UnlimitedWindows(startMs);
  }

  /** As {@link TimeWindows.firstStart}: there is no other. */
  firstStart(): number {
    return this.startMs;
  }
}

export interface SlidingWindowsOptions {
  /** The most that two records of one window lie apart. Milliseconds, at least 0. */
  readonly timeDifferenceMs: number;
  /** How long after a window's end late records are still taken. Milliseconds, default 0. */
  readonly graceMs?: number;
}

/** A window for each distinct set of records that lie within a time of each other; both ends are inclusive. */
export class SlidingWindows {
  readonly timeDifferenceMs: number;
  readonly graceMs: number;

  private constructor(timeDifferenceMs: number, graceMs: number) {
    this.timeDifferenceMs = timeDifferenceMs;
    this.graceMs = graceMs;
  }

  /** @throws StreamsError `INVALID_TOPOLOGY` where the numbers make no windows */
  static of({ timeDifferenceMs, graceMs = 0 }: SlidingWindowsOptions): SlidingWindows {
    requireInteger('timeDifferenceMs', timeDifferenceMs, 0, 'SlidingWindows');
    requireInteger('graceMs', graceMs, 0, 'SlidingWindows');
    return new SlidingWindows(timeDifferenceMs, graceMs);
  }
}

export interface SessionWindowsOptions {
  /** Records of a key that lie further apart are of different sessions. Milliseconds, at least 0. */
  readonly gapMs: number;
  /** How long after a session's end and gap late records are still taken. Milliseconds, default 0. */
  readonly graceMs?: number;
}

/** Sessions of activity, from their first record to their last, both inclusive; records between two merge them. */
export class SessionWindows {
  readonly gapMs: number;
  readonly graceMs: number;

  private constructor(gapMs: number, graceMs: number) {
    this.gapMs = gapMs;
    this.graceMs = graceMs;
  }

  /** @throws StreamsError `INVALID_TOPOLOGY` where the numbers make no windows */
  static of({ gapMs, graceMs = 0 }: SessionWindowsOptions): SessionWindows {
    requireInteger('gapMs', gapMs, 0, 'SessionWindows');
    requireInteger('graceMs', graceMs, 0, 'SessionWindows');
    return new SessionWindows(gapMs, graceMs);
  }
}

export interface JoinWindowsOptions {
  /** How long before a left record's time a matching right record may lie. Milliseconds, at least 0. */
  readonly beforeMs: number;
  /** How long after. Default: `beforeMs`. */
  readonly afterMs?: number;
  /** How long late records still find matches. Milliseconds, default 0. */
  readonly graceMs?: number;
}

/** Which records of two streams match: those of one key whose times lie near each other. */
export class JoinWindows {
  readonly beforeMs: number;
  readonly afterMs: number;
  readonly graceMs: number;

  private constructor(beforeMs: number, afterMs: number, graceMs: number) {
    this.beforeMs = beforeMs;
    this.afterMs = afterMs;
    this.graceMs = graceMs;
  }

  /** @throws StreamsError `INVALID_TOPOLOGY` where the numbers make no windows */
  static of({ beforeMs, afterMs = beforeMs, graceMs = 0 }: JoinWindowsOptions): JoinWindows {
    requireInteger('beforeMs', beforeMs, Number.MIN_SAFE_INTEGER, 'JoinWindows');
    requireInteger('afterMs', afterMs, -beforeMs, 'JoinWindows');
    requireInteger('graceMs', graceMs, 0, 'JoinWindows');
    return new JoinWindows(beforeMs, afterMs, graceMs);
  }
}

function requireInteger(name: string, value: number, least: number, what: string): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new StreamsError(
      'INVALID_TOPOLOGY',
      `${what}: ${name} is ${value}, not an integer of at least ${least}`,
    );
  }
}
