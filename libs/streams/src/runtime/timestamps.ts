import { OperatorFailure } from './failures.js';

/**
 * The last millisecond of ECMAScript's calendar, in the year 275760: windows still have exact ends there. What is later
 * is no time but a fault, in another unit perhaps, and would end all windows there are.
 */
const LAST_TIME = 8_640_000_000_000_000;

/** Whether it is milliseconds since the epoch. */
export function isTime(timestamp: number): boolean {
  return Number.isInteger(timestamp) && timestamp >= 0 && timestamp <= LAST_TIME;
}

/** @throws OperatorFailure where the record's own time is none */
export function requireRecordTime(node: string, timestamp: number): void {
  if (isTime(timestamp)) return;
  const cause = new RangeError(
    `the record's timestamp is ${timestamp}, which is no time: give its source a timestampExtractor`,
  );
  throw new OperatorFailure('TRANSFORMATION', node, cause);
}
