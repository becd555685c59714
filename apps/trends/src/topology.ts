import { StreamsBuilder, type Topology } from '@mesh/streams';
import type { SongPlay } from './domain/song.js';
import type { Parts } from './parts.js';
import { countPlays, countSkips, listeningByItem } from './per-item.js';
import { countAudience, rankSongs } from './per-song.js';
import { countSessions } from './per-user.js';
import { listenersById, listeningEvents, songsByItem } from './sources.js';

/**
 * interactions, each once and by the time it occurred → sessions of each user; plays and skips of each item → trends;
 * with who listened and whose song it is → charts of each genre, and the audience of each artist.
 */
export function topology(parts: Parts): Topology {
  const builder = new StreamsBuilder();
  const listening = listeningEvents(builder, parts);
  countSessions(listening, parts);

  const byItem = listeningByItem(listening, listenersById(builder, parts));
  countSkips(byItem);
  const plays = byItem.filter((_item, { eventType }) => eventType === 'PLAY', { name: 'plays' });
  countPlays(plays, parts);

  const songPlays = plays
    .filter(({ itemType }) => itemType === 'SONG', { name: 'plays-of-songs' })
    .join(songsByItem(builder, parts), (listened, song): SongPlay => ({ song, listening: listened }), {
      name: 'song-of-play',
    });
  rankSongs(songPlays, parts);
  countAudience(songPlays, parts);
  return builder.build();
}
