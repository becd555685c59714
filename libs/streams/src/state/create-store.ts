import type { StoreSpec } from '../topology/nodes.js';
import { InMemoryBuffer } from './in-memory-buffer.js';
import { InMemoryJoinStore } from './in-memory-join-store.js';
import { InMemoryKeyValueStore } from './in-memory-key-value-store.js';
import { InMemoryTimedStore } from './in-memory-timed-store.js';
import { InMemoryUnmatchedStore } from './in-memory-unmatched-store.js';
import { InMemoryVersionedStore } from './in-memory-versioned-store.js';
import { InMemoryWindowStore } from './in-memory-window-store.js';
import type { Cache } from './pending-changes.js';
import type { ChangelogWriter, StateStore } from './ports.js';
import { UnmatchedCodec } from './unmatched-codec.js';
import { sessionLayout, slidingLayout } from './timed-layouts.js';

export interface StoreSetting {
  readonly spec: StoreSpec;
  readonly changelogTopic: string;
  readonly changelog: ChangelogWriter;
  readonly cache: Cache;
}

/** The store in memory that a specification asks for, empty. */
export function createStore({ spec, changelogTopic, changelog, cache }: StoreSetting): StateStore {
  const { name, key, value, ttlMs } = spec;
  const options = {
    name,
    value,
    changelogTopic,
    changelog,
    cache: isCached(spec, cache) ? cache : undefined,
  };
  const timed = { ...options, retentionMs: spec.retentionMs ?? Number.MAX_SAFE_INTEGER };
  switch (spec.type) {
    case 'key-value':
      return new InMemoryKeyValueStore({ ...options, key, ttlMs });
    case 'versioned':
      return new InMemoryVersionedStore(timed);
    case 'window':
      return new InMemoryWindowStore(timed);
    case 'sliding':
      return new InMemoryTimedStore(timed, slidingLayout);
    case 'session':
      return new InMemoryTimedStore(timed, sessionLayout);
    case 'join':
      return new InMemoryJoinStore(timed);
    case 'unmatched':
      return new InMemoryUnmatchedStore({ name, changelog, codec: unmatchedCodec(spec, changelogTopic) });
    case 'suppress':
    case 'buffer':
      return new InMemoryBuffer({ name, changelog, cache });
  }
}

/** What outlives its time is told of when it is flushed: such a store waits whatever was said of caching. */
export function isCached({ caching = false, ttlMs }: StoreSpec, { budget }: Cache): boolean {
  return (caching && budget.maxBytes > 0) || ttlMs !== undefined;
}

export function unmatchedCodec({ value, otherValue = value }: StoreSpec, topic: string): UnmatchedCodec {
  return new UnmatchedCodec(value, otherValue, topic);
}
