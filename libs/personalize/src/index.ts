export { csvHeader, csvLine } from './csv.js';
export {
  INTERACTIONS_SCHEMA,
  ITEMS_SCHEMA,
  USERS_SCHEMA,
  type DatasetSchema,
  type InteractionRow,
  type ItemRow,
  type Row,
  type UserRow,
} from './datasets.js';
export { ACTIVE_ITEMS_FILTER, ACTIVE_NOT_SKIPPED_FILTER } from './filters.js';
export { interactionRow, personalizeEventType, personalizeEventValue } from './interactions.js';
export {
  deletedItemRow,
  episodeRow,
  songRow,
  type CurrentArtist,
  type CurrentPodcast,
  type ItemType,
} from './items.js';
export { propertiesOf } from './properties.js';
export { deletedUserRow, userRow } from './users.js';
