// Generated from schemas/ by tools/codegen; do not edit. Change the source, then: npm run generate
import type { AnyEventContract } from '../contract.js';
import { interaction } from './interaction.js';
import { episode } from './episode.js';
import { podcast } from './podcast.js';
import { artist } from './artist.js';
import { song } from './song.js';
import { itemTrend } from './item-trend.js';
import { user } from './user.js';

/** Every event that has a contract, by domain. */
export const events: readonly AnyEventContract[] = [
  interaction,
  episode,
  podcast,
  artist,
  song,
  itemTrend,
  user,
];
