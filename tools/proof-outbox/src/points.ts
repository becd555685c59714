/** Where a process can be killed: what it had done, and what it had not done yet. */
export const points = [
  'before-commit',
  'during-commit',
  'after-commit',
  'after-read',
  'after-send',
  'during-kafka-commit',
  'after-kafka-commit',
  'after-removal',
] as const;
export type Point = (typeof points)[number];

/** What the proof tells a process: die the `after`-th time that you come to this point; or live, where absent. */
export interface Order {
  readonly point?: Point;
  readonly after?: number;
}

/** The line by which a process says that it dies now. */
export const DYING = 'killed at a failpoint';
