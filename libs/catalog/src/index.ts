export { awsCatalogParts, type AwsCatalogOptions } from './aws/aws-catalog-parts.js';
export { Catalog, type CatalogNames, type CatalogOptions, type CatalogParts } from './catalog.js';
export { CatalogError, type CatalogErrorCode } from './errors.js';
export {
  parseEvent,
  type CatalogChange,
  type CatalogEvent,
  type CrawlerSucceeded,
  type DatabaseChanged,
  type IgnoredEvent,
  type SchemaRegistered,
} from './events.js';
export type { BlueprintRoles } from './ports/datazone/places.js';
export type { Topic, TopicOfSchema } from './ports/topics.js';
export { stepNames, type Patience, type StepName, type StepObserver } from './steps/steps.js';
export type { Outcome } from './sync/outcome.js';
