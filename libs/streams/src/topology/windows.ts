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
    requireInteger('sizeMs', sizeMs, 1);
    requireInteger('advanceMs', advanceMs, 1);
    requireInteger('graceMs', graceMs, 0);
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

function requireInteger(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new StreamsError(
      'INVALID_TOPOLOGY',
      `TimeWindows: ${name} is ${value}, not an integer of at least ${least}`,
    );
  }
}
