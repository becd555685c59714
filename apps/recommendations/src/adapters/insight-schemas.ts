import { Type } from '@sinclair/typebox';
import { Id, itemDescription, Nullable } from './schemas.js';

export const GenreParams = Type.Object({ genre: Id('As songs have it.') });
export const ArtistParams = Type.Object({ artistId: Id('As songs have it.') });

const Instant = (description: string) => Type.String({ format: 'date-time', description });

const window = {
  windowStart: Instant("By the events' own time."),
  windowEnd: Instant('The first instant after the window.'),
};
/** Absent where nothing was counted. */
const newestWindow = {
  windowStart: Type.Optional(Instant("By the events' own time. Absent where nothing was counted.")),
  windowEnd: Type.Optional(Instant('The first instant after the window.')),
};
const Count = (description: string) => Type.Integer({ description });
const plays = Count('Within the window, so far.');
const ItemType = Nullable('SONG or EPISODE; null where nothing is known of the item.');

export const ChartBody = Type.Object({
  genre: Type.String(),
  ...newestWindow,
  items: Type.Array(Type.Object({ itemId: Type.String(), ...itemDescription, plays }), {
    description: 'The most played first.',
  }),
});

export const ItemPlaysBody = Type.Object({
  itemId: Type.String(),
  itemType: ItemType,
  windows: Type.Array(Type.Object({ ...window, plays }), {
    description: 'Newest first; each overlaps the one before it.',
  }),
});

export const ItemSkipsBody = Type.Object({
  itemId: Type.String(),
  itemType: ItemType,
  plays: Count('Started so often.'),
  skips: Count('Left so often before the end.'),
  skipRate: Type.Union([Type.Number(), Type.Null()], {
    description: 'Skips for each play; null where there was none.',
  }),
});

export const SessionsBody = Type.Object({
  userId: Type.String(),
  sessions: Type.Array(
    Type.Object({
      start: Instant('Of the first event.'),
      end: Instant('Of the last event.'),
      plays: Count('Started so often.'),
      skips: Count('Left so often before the end.'),
      finishes: Count('Heard so often to the end.'),
    }),
    { description: 'Newest first.' },
  ),
});

export const AudienceBody = Type.Object({
  artistId: Type.String(),
  artistName: Type.Optional(Type.String({ description: 'As it is now.' })),
  artistCountry: Type.Optional(Nullable('ISO 3166-1 alpha-2; null where unknown.')),
  ...newestWindow,
  plays,
  countries: Type.Array(
    Type.Object({ country: Type.String({ description: 'ISO 3166-1 alpha-2.' }), plays: Type.Integer() }),
    { description: 'Where the listeners are from, as far as that is known; the most plays first.' },
  ),
  ageGroups: Type.Record(Type.String(), Type.Integer(), {
    description: 'Plays by age, as `25-34`, of those who told it.',
  }),
});
