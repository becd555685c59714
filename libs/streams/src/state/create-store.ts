import type { StoreSpec } from '../topology/nodes.js';
import { InMemoryBuffer } from './in-memory-buffer.js';
import { InMemoryKeyValueStore } from './in-memory-key-value-store.js';
import { InMemoryTimedStore } from './in-memory-timed-store.js';
import { InMemoryUnmatchedStore } from './in-memory-unmatched-store.js';
import { InMemoryVersionedStore } from './in-memory-versioned-store.js';
import { InMemoryWindowStore } from './in-memory-window-store.js';
import type { ChangelogWriter, StateStore } from './ports.js';
import { sessionLayout, slidingLayout, windowLayout } from './timed-layouts.js';

/** The store that a specification asks for, empty. */
export function createStore(spec: StoreSpec, changelogTopic: string, changelog: ChangelogWriter): StateStore {
  const { name, value } = spec;
  const options = { name, value, changelogTopic, changelog };
  const timed = { ...options, retentionMs: spec.retentionMs ?? Number.MAX_SAFE_INTEGER };
  switch (spec.type) {
    case 'key-value':
      return new InMemoryKeyValueStore(options);
    case 'versioned':
      return new InMemoryVersionedStore(timed);
    case 'window':
      return new InMemoryWindowStore(timed);
    case 'sliding':
      return new InMemoryTimedStore(timed, slidingLayout);
    case 'session':
      return new InMemoryTimedStore(timed, sessionLayout);
    case 'join':
      return new InMemoryTimedStore(timed, windowLayout);
    case 'unmatched':
      return new InMemoryUnmatchedStore({
        ...options,
        serdes: { left: value, right: spec.otherValue ?? value },
      });
    case 'suppress':
    case 'buffer':
      return new InMemoryBuffer(options);
  }
}
