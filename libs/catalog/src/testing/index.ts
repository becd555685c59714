export { catalogueState, type CatalogueState } from './catalogue-state.js';
export { LocalCatalogue, type LocalCatalogueOptions } from './local-catalogue.js';
export * as sampleEvents from './sample-events.js';
