import type { Artist as ArtistEvent, EntityFields } from '@mesh/contracts';
import {
  entityFields,
  idField,
  nullableField,
  patternField,
  textField,
  textsField,
  type EntityDefinition,
} from '@mesh/service';
import { randomUUID } from 'node:crypto';

/** Who songs are by, under the name they go by now. */
export type Artist = EntityFields<ArtistEvent>;

export const artistDefinition: EntityDefinition<Artist> = {
  name: 'artist',
  plural: 'artists',
  idField: 'artistId',
  ...entityFields<Artist>('Artist', {
    artistId: idField('Which artist; what songs name.'),
    name: textField('The name the artist goes by now.'),
    genres: textsField('The most fitting first.', 'genres'),
    country: nullableField(
      patternField('Where the artist is from.', '^[A-Z]{2}$', 'two capitals as in ISO 3166-1 alpha-2'),
    ),
  }),
  newId: () => `artist-${randomUUID()}`,
};
