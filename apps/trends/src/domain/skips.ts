import type { Listening } from './listening.js';

/** How often an item was started, and left before its end, since it is there. */
export interface Skips {
  readonly plays: number;
  readonly skips: number;
}

export const noSkips: Skips = { plays: 0, skips: 0 };

export function addToSkips({ plays, skips }: Skips, { eventType }: Listening): Skips {
  return eventType === 'PLAY' ? { plays: plays + 1, skips } : { plays, skips: skips + 1 };
}
