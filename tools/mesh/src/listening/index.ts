export { generateCatalogue } from './generate/catalogue.js';
export type { Catalogue, CatalogueOptions, Episode, Item, Song } from './generate/catalogue.js';
export { isOnTaste } from './generate/chooser.js';
export { generateListeningBurst } from './generate/burst.js';
export type { ListeningBurstOptions } from './generate/burst.js';
export { generateListeningLog, startOfLogEndingBefore } from './generate/log.js';
export type { ListeningLogOptions } from './generate/log.js';
export { generateListeners } from './generate/users.js';
export type { Listener, ListenerOptions, Tastes } from './generate/users.js';
export { numbered } from './event.js';
export type { ListeningEvent, NumberedEvent, RejectedLine } from './event.js';
export { readListenBrainzFile, readListens } from './listenbrainz/reader.js';
export type { ListenBrainzOptions } from './listenbrainz/reader.js';
export { itemsCsv, usersCsv } from './personalize/csv.js';
export {
  PERSONALIZE_INTERACTIONS_SCHEMA,
  PERSONALIZE_ITEMS_SCHEMA,
  PERSONALIZE_USERS_SCHEMA,
} from './personalize/schemas.js';
export { LatencyHistogram } from './replay/latency-histogram.js';
export { ReplayError } from './replay/errors.js';
export type { ReplayErrorCode } from './replay/errors.js';
export { replay } from './replay/replay.js';
export type { ReplayOptions, ReplayProgress, ReplayResult } from './replay/replay.js';
