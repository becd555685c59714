export { lmdbStores, type LmdbStoresOptions } from './lmdb-stores.js';
