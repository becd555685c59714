export { StateQueryClient, type StateQueryClientOptions } from './client.js';
export {
  queryHandler,
  startQueryService,
  type QueryHandlerOptions,
  type QueryService,
  type QueryServiceOptions,
} from './service.js';
export type { Problem } from './problem.js';
export type { QueryableApplication, StoreMetadata, StreamsMetadata } from '../runtime/queries/metadata.js';
export type { ApplicationQuery, InstanceResult } from './wire.js';
