import { StreamsError } from '../errors.js';
import type { Cancellable, Punctuator, PunctuationType, ScheduleOptions } from '../processor/processor.js';
import { toError } from './failures.js';
import type { TaskLife } from './operators/operator.js';
import { Punctuations } from './punctuations.js';
import { isTime } from './timestamps.js';

/** A task's clocks, its beginning and its end. */
export class Life implements TaskLife {
  readonly applicationId: string;
  readonly taskId: string;
  readonly now: () => number;
  readonly onStreamTime = new Punctuations();
  readonly onWallClock = new Punctuations();
  /** The latest time of any record taken, or −1. */
  latest = -1;
  begun = false;
  /** Since the last commit. */
  punctuated = false;
  commitRequested = false;
  #inits: (() => void)[] = [];
  #closes: (() => void)[] = [];

  readonly warn: (message: string) => void;

  constructor(
    applicationId: string,
    taskId: string,
    now: () => number,
    warn: (message: string) => void = (message) => process.emitWarning(message),
  ) {
    this.applicationId = applicationId;
    this.taskId = taskId;
    this.now = now;
    this.warn = warn;
  }

  streamTime(): number {
    return this.latest;
  }

  observe(timestamp: number): void {
    if (timestamp > this.latest) this.latest = timestamp;
  }

  requestCommit(): void {
    this.commitRequested = true;
  }

  onInit(work: () => void): void {
    this.#inits.push(work);
  }

  onClose(work: () => void): void {
    this.#closes.push(work);
  }

  begin(): void {
    this.begun = true;
    for (const init of this.#inits) init();
    this.#inits = [];
  }

  close(onFailure: (error: Error) => void): void {
    if (!this.begun) return;
    for (const close of this.#closes.splice(0)) {
      try {
        close();
      } catch (error) {
        onFailure(toError(error));
      }
    }
  }

  schedule(
    intervalMs: number,
    type: PunctuationType,
    punctuator: Punctuator,
    { startTimeMs }: ScheduleOptions = {},
  ): Cancellable {
    if (!Number.isSafeInteger(intervalMs) || intervalMs < 1) {
      throw new StreamsError(
        'ILLEGAL_STATE',
        `schedule: the interval is ${intervalMs}, not a number of milliseconds above 0`,
      );
    }
    if (startTimeMs !== undefined && !isTime(startTimeMs)) {
      throw new StreamsError('ILLEGAL_STATE', `schedule: ${startTimeMs} is no time to start at`);
    }
    if (type === 'stream-time') return this.onStreamTime.schedule(startTimeMs ?? 0, intervalMs, punctuator);
    const now = this.now();
    const first = startTimeMs ?? now + intervalMs;
    // Times that have passed are not made up for.
    const passed = first < now ? Math.ceil((now - first) / intervalMs) : 0;
    return this.onWallClock.schedule(first + passed * intervalMs, intervalMs, punctuator);
  }
}
