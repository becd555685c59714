/**
 * Which records of a partition make up one batch: all from the offset `from` to the offset `to`, both included. It is
 * written before the batch's objects and never changed, so that whoever lands these records again, after a crash or
 * beside another, makes the same objects of them.
 */
export interface LandingPlan {
  readonly from: number;
  readonly to: number;
  /** How many records that are; offsets may have gaps. */
  readonly count: number;
}

/** A plan that was written before and says otherwise than what was read now. */
export class LandingPlanError extends Error {
  override readonly name = 'LandingPlanError';
}

/** Offsets in names have as many digits as in the names of Kafka's own files, so that names sort as offsets do. */
export function offsetText(offset: number): string {
  return String(offset).padStart(20, '0');
}

/** @throws LandingPlanError */
export function parsePlan(text: string, where: string): LandingPlan {
  try {
    const { from, to, count } = JSON.parse(text) as LandingPlan;
    if ([from, to, count].every(Number.isSafeInteger)) return { from, to, count };
  } catch (cause) {
    throw new LandingPlanError(`${where} is no landing plan: ${text.slice(0, 100)}`, { cause });
  }
  throw new LandingPlanError(`${where} is no landing plan: ${text.slice(0, 100)}`);
}
