import type { Artist, Interaction, ItemTrend, Song, User } from '@mesh/contracts';
import type { Serde } from '@mesh/streams';

/** What the topology is made with. All times are milliseconds. */
export interface Parts {
  readonly interaction: Serde<Interaction>;
  readonly user: Serde<User>;
  readonly song: Serde<Song>;
  readonly artist: Serde<Artist>;
  readonly trend: Serde<ItemTrend>;
  /** Length of the windows in which an item's plays are counted. */
  readonly windowMs: number;
  /** From the start of one overlapping window to the next one's. */
  readonly advanceMs: number;
  /** Length of the windows of charts and audiences. */
  readonly chartWindowMs: number;
  /** Songs in a chart, at most. */
  readonly chartSize: number;
  /** How long nothing is heard of a user before the session is over. */
  readonly sessionGapMs: number;
  /** How long after its end a window, or a session, still takes late events. */
  readonly graceMs: number;
  /** How long an event's id is remembered, so that a repetition of it does not count. */
  readonly rememberMs: number;
}
