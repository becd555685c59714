import { LandingPlanError, type LandingPlan } from './landing-plan.js';

/** A record on its way, as it will stand in an object. */
export interface Line {
  readonly offset: number;
  /** `dt=2026-01-05/hour=13` */
  readonly folder: string;
  readonly text: string;
  readonly done: (error?: Error) => void;
  /** `done` as the sink was handed it: what those who trace know the record by. */
  readonly caller: (error?: Error) => void;
}

export interface LandingLimits {
  readonly maxRecords: number;
  readonly maxBytes: number;
}

/** Where batches go; settles when that is durable, and never where it is given up. */
export interface LandingTarget {
  /** @returns the plan that is in force: the given one, or the one that was there before */
  plan(plan: LandingPlan): Promise<LandingPlan>;
  land(from: number, lines: readonly Line[]): Promise<void>;
  /** Calls back when a batch has waited long enough. */
  afterLinger(callback: () => void): void;
}

/**
 * The records of one partition, landed in batches, one batch at a time.
 *
 *     filling → due → planned → landed → done
 *
 * A batch is due when it is full or has waited long enough; which offsets it holds is then fixed by a plan, before any
 * object is written. Where there is a plan for its first offset, that one is followed: it cuts the batch, or makes it
 * wait for the records that are still to come.
 *
 * The records of a batch are done together. So what a group has committed is always the end of a batch, and reading on
 * from there begins with the first record of the next one.
 */
export class PartitionLanding {
  readonly #limits: LandingLimits;
  readonly #target: LandingTarget;
  #lines: Line[] = [];
  #bytes = 0;
  #due = false;
  #lingering = false;
  /** In force for what is at the head, and waiting for records that are still to come. */
  #plan: LandingPlan | undefined;
  #landing: Promise<void> | undefined;

  constructor(limits: LandingLimits, target: LandingTarget) {
    this.#limits = limits;
    this.#target = target;
  }

  /** Records not done. */
  get pending(): number {
    return this.#lines.length;
  }

  get pendingBytes(): number {
    return this.#bytes;
  }

  /** The offset of the last record taken over, where any is not done. */
  get last(): number | undefined {
    return this.#lines.at(-1)?.offset;
  }

  add(line: Line): void {
    this.#lines.push(line);
    this.#bytes += line.text.length;
    this.#linger();
    this.#advance();
  }

  /** Lands what there is now, full or not. Settles when that is done, or can't be done without further records. */
  async flush(): Promise<void> {
    const { last } = this;
    if (last === undefined) return;
    while (this.#lines[0] !== undefined && this.#lines[0].offset <= last) {
      this.#due = true;
      this.#advance();
      if (this.#landing === undefined) return;
      await this.#landing;
    }
  }

  #advance(): void {
    if (this.#landing !== undefined || !this.#isDue()) return;
    this.#landing = this.#landHead().finally(() => {
      this.#landing = undefined;
      if (this.#lines.length > 0) this.#linger();
      this.#advance();
    });
  }

  #linger(): void {
    if (this.#lingering) return;
    this.#lingering = true;
    this.#target.afterLinger(() => {
      this.#lingering = false;
      void this.flush();
    });
  }

  #isDue(): boolean {
    const { last } = this;
    if (last === undefined) return false;
    if (this.#plan !== undefined) return last >= this.#plan.to;
    return this.#due || this.#lines.length >= this.#limits.maxRecords || this.#bytes >= this.#limits.maxBytes;
  }

  async #landHead(): Promise<void> {
    const plan = this.#plan ?? (await this.#target.plan(this.#proposal()));
    this.#due = false;
    const { last } = this;
    if (last === undefined || last < plan.to) {
      this.#plan = plan;
      return;
    }
    this.#plan = undefined;
    const lines = this.#lines.filter(({ offset }) => offset <= plan.to);
    const error = lines.length === plan.count ? undefined : disagreement(plan, lines.length);
    if (error === undefined) await this.#target.land(plan.from, lines);
    this.#lines = this.#lines.slice(lines.length);
    this.#bytes -= lines.reduce((sum, { text }) => sum + text.length, 0);
    for (const { done } of lines) done(error);
  }

  #proposal(): LandingPlan {
    const { maxRecords, maxBytes } = this.#limits;
    let bytes = 0;
    let count = 0;
    for (const { text } of this.#lines) {
      count += 1;
      bytes += text.length;
      if (count >= maxRecords || bytes >= maxBytes) break;
    }
    const [first, last] = [this.#lines[0], this.#lines[count - 1]];
    if (first === undefined || last === undefined) throw new RangeError('there is nothing to land');
    return { from: first.offset, to: last.offset, count };
  }
}

function disagreement({ from, to, count }: LandingPlan, found: number): LandingPlanError {
  return new LandingPlanError(
    `the plan from ${from} to ${to} was made for ${count} records, and there are ${found}: records were read that ` +
      'were not before, or the other way round. Landed again they would not replace what is there. Delete the plan and ' +
      'its objects to land them anew',
  );
}
