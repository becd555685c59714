import type { EntityFields, Episode as EpisodeEvent } from '@mesh/contracts';
import {
  durationField,
  entityFields,
  flagField,
  idField,
  instantField,
  textField,
  textsField,
  type EntityDefinition,
} from '@mesh/service';
import { randomUUID } from 'node:crypto';
import { languageField } from './language.js';

/** One programme of a podcast. */
export type Episode = EntityFields<EpisodeEvent>;

/** Radio is older than podcasts, and is published as such. */
const FIRST_BROADCAST = Date.UTC(1900, 0, 1);
/** Scheduled ahead; microseconds taken for milliseconds end up beyond. */
const LAST_BROADCAST = Date.UTC(2101, 0, 1);
const LONGEST_MS = 24 * 60 * 60_000;

export const episodeDefinition: EntityDefinition<Episode> = {
  name: 'episode',
  plural: 'episodes',
  idField: 'episodeId',
  ...entityFields<Episode>('Episode', {
    episodeId: idField('Which episode; the itemId of interactions.'),
    title: textField('As published.'),
    podcastId: idField('The podcast it belongs to, which must exist.'),
    podcastTitle: textField("The podcast's title when the episode was published, whatever it is now."),
    publisher: textField('Who published it.'),
    topics: textsField('What it is about, the most fitting first.', 'topics'),
    language: languageField('Spoken.'),
    durationMs: durationField('How long it is.', LONGEST_MS),
    explicit: flagField('Whether the publisher marks it as explicit.'),
    publishedAt: instantField('When it was published.', FIRST_BROADCAST, LAST_BROADCAST),
  }),
  newId: () => `episode-${randomUUID()}`,
};
