export { datazoneDouble } from './double.js';
export type { DataZoneSettings } from './settings.js';
