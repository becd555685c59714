export type {
  AnyEventContract,
  EventContract,
  EventEnvelope,
  TopicContract,
  TopicSettings,
} from './contract.js';
export { cloudEventHeaders, readCloudEvent } from './cloudevents.js';
export type { CloudEvent, CloudEventHeader } from './cloudevents.js';
export { entityEvent } from './entity-event.js';
export type {
  EntityChange,
  EntityEncoder,
  EntityEnvelope,
  EntityEvent,
  EntityFields,
} from './entity-event.js';
export { events } from './generated/events.js';
export { topicSettings, topics } from './generated/topics.js';
export { interaction, interactionEventTypes, interactionItemTypes } from './generated/interaction.js';
export type { Interaction, InteractionEventType, InteractionItemType } from './generated/interaction.js';
export { user, userPlans } from './generated/user.js';
export type { User, UserPlan } from './generated/user.js';
export { song } from './generated/song.js';
export type { Song } from './generated/song.js';
export { artist } from './generated/artist.js';
export type { Artist } from './generated/artist.js';
export { podcast } from './generated/podcast.js';
export type { Podcast } from './generated/podcast.js';
export { episode } from './generated/episode.js';
export type { Episode } from './generated/episode.js';
export { itemTrend, itemTrendItemTypes } from './generated/item-trend.js';
export type { ItemTrend, ItemTrendItemType } from './generated/item-trend.js';
