import { isCached, unmatchedCodec, type StoreSetting } from '../create-store.js';
import { sessionLayout, slidingLayout, windowLayout } from '../timed-layouts.js';
import { PersistentBuffer } from './buffer.js';
import { PersistentKeyValueStore } from './key-value-store.js';
import type { Persisted, PersistentStore } from './persistent-store.js';
import { PersistentTimedStore } from './timed-store.js';
import { PersistentUnmatchedStore } from './unmatched-store.js';
import { PersistentVersionedStore } from './versioned-store.js';
import { PersistentWindowStore } from './window-store.js';

/** Of the bytes that the stores here write: to be changed with them, so that what is on disk is made anew. */
export const FORMAT = 1;

/** The store on disk that a specification asks for, with what it holds. */
export function createPersistentStore(
  { spec, changelogTopic, changelog, cache }: StoreSetting,
  persisted: Persisted,
): PersistentStore {
  const { name, type, key, value, ttlMs } = spec;
  const options = {
    name,
    value,
    changelogTopic,
    changelog,
    cache: isCached(spec, cache) ? cache : undefined,
  };
  const timed = { ...options, retentionMs: spec.retentionMs ?? Number.MAX_SAFE_INTEGER };
  switch (type) {
    case 'key-value':
      return new PersistentKeyValueStore({ ...options, key, ttlMs }, persisted);
    case 'versioned':
      return new PersistentVersionedStore(timed, persisted);
    case 'window':
      return new PersistentWindowStore(timed, persisted);
    case 'sliding':
      return new PersistentTimedStore(type, timed, slidingLayout, persisted);
    case 'session':
      return new PersistentTimedStore(type, timed, sessionLayout, persisted);
    case 'join':
      return new PersistentTimedStore(type, timed, windowLayout, persisted);
    case 'unmatched':
      return new PersistentUnmatchedStore(
        { name, changelog, codec: unmatchedCodec(spec, changelogTopic) },
        persisted,
      );
    case 'suppress':
    case 'buffer':
      return new PersistentBuffer(type, { name, changelog, cache }, persisted);
  }
}
