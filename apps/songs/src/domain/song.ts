import type { EntityFields, Song as SongEvent } from '@mesh/contracts';
import {
  durationField,
  entityFields,
  flagField,
  idField,
  instantField,
  nullableField,
  patternField,
  textField,
  textsField,
  type EntityDefinition,
} from '@mesh/service';
import { randomUUID } from 'node:crypto';

/** A recording that can be listened to. */
export type Song = EntityFields<SongEvent>;

/** No sound was recorded before. */
const FIRST_RECORDING = Date.UTC(1860, 0, 1);
/** Releases are announced years ahead; microseconds taken for milliseconds end up beyond. */
const LAST_RELEASE = Date.UTC(2101, 0, 1);
const LONGEST_MS = 24 * 60 * 60_000;

export const songDefinition: EntityDefinition<Song> = {
  name: 'song',
  plural: 'songs',
  idField: 'songId',
  ...entityFields<Song>('Song', {
    songId: idField('Which song; the itemId of interactions.'),
    title: textField('As released.'),
    artistId: idField('The main artist, who must exist.'),
    artistName: textField('The main artist as credited on this song, whatever they are called now.'),
    albumTitle: nullableField(textField('The release it appeared on first; null for a single.')),
    genres: textsField('The most fitting first.', 'genres'),
    durationMs: durationField('How long it is.', LONGEST_MS),
    explicit: flagField('Whether the lyrics are marked as explicit.'),
    isrc: nullableField(
      patternField(
        'International Standard Recording Code (ISO 3901).',
        '^[A-Z]{2}[A-Z0-9]{3}\\d{7}$',
        'an ISRC of 12 characters without hyphens',
      ),
    ),
    releasedAt: instantField('When it was first released.', FIRST_RECORDING, LAST_RELEASE),
  }),
  newId: () => `song-${randomUUID()}`,
};
