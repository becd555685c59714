import type { EntityFields, Podcast as PodcastEvent } from '@mesh/contracts';
import { entityFields, idField, textField, type EntityDefinition } from '@mesh/service';
import { randomUUID } from 'node:crypto';
import { languageField } from './language.js';

/** A show that episodes belong to, under the title it has now. */
export type Podcast = EntityFields<PodcastEvent>;

export const podcastDefinition: EntityDefinition<Podcast> = {
  name: 'podcast',
  plural: 'podcasts',
  idField: 'podcastId',
  ...entityFields<Podcast>('Podcast', {
    podcastId: idField('Which podcast; what episodes name.'),
    title: textField('The title it has now.'),
    publisher: textField('Who publishes it.'),
    language: languageField('Mostly spoken; an episode may be in another.'),
  }),
  newId: () => `podcast-${randomUUID()}`,
};
