import { StreamsError } from '../errors.js';
import type { Serde } from '../serde.js';
import type { Graph } from '../topology/graph.js';
import type { Aggregation, Node, StoreSpec } from '../topology/nodes.js';
import {
  SlidingWindows,
  UnlimitedWindows,
  type SessionWindows,
  type TimeWindows,
} from '../topology/windows.js';
import type { WindowKept, WindowMaterialized } from './options.js';
import { positive } from './refusals.js';
import { storageOf } from './store-settings.js';
import { windowStore } from './window-store.js';

/** An aggregation as far as windows do not matter. */
interface Common {
  readonly name: string;
  readonly parents: readonly Node[];
  readonly aggregation: Aggregation;
  readonly store: StoreSpec;
  readonly kept: WindowMaterialized;
}

export function windowsStore(
  graph: Graph,
  windows: TimeWindows | SlidingWindows | UnlimitedWindows,
  key: Serde<unknown>,
  kept: WindowKept<unknown>,
): StoreSpec {
  if (windows instanceof SlidingWindows) {
    return windowStore(graph, 'sliding', 2 * windows.timeDifferenceMs + windows.graceMs, key, kept);
  }
  if (windows instanceof UnlimitedWindows) {
    const { store: name, value, caching = true, storage } = kept;
    const common = { name, type: 'window', key, value, retentionMs: undefined } as const;
    return graph.addStore({ ...common, caching, ...storageOf({ storage }) });
  }
  return windowStore(graph, 'window', windows.sizeMs + windows.graceMs, key, kept);
}

/** @throws StreamsError `INVALID_TOPOLOGY` where windows are to go on when they close, and never do */
export function aggregateWindows(
  graph: Graph,
  {
    windows,
    kept,
    ...common
  }: Common & { readonly windows: TimeWindows | SlidingWindows | UnlimitedWindows },
): Node {
  const onClose = kept.emit === 'onWindowClose';
  const closeOnIdleMs = idleOf(kept);
  if (windows instanceof SlidingWindows) {
    return graph.add({ ...common, kind: 'slidingAggregate', windows, onClose, closeOnIdleMs });
  }
  if (onClose && windows instanceof UnlimitedWindows) {
    throw new StreamsError(
      'INVALID_TOPOLOGY',
      `${kept.store}: an unlimited window never closes, so nothing would go on: emit on update`,
    );
  }
  return graph.add({
    ...common,
    kind: 'windowAggregate',
    windows,
    newestOnly: kept.changes === 'newest-window',
    onClose,
    closeOnIdleMs,
  });
}

export function sessionStore(
  graph: Graph,
  { gapMs, graceMs }: SessionWindows,
  key: Serde<unknown>,
  kept: WindowKept<unknown>,
): StoreSpec {
  return windowStore(graph, 'session', gapMs + graceMs, key, kept);
}

export function aggregateSessions(
  graph: Graph,
  {
    kept,
    ...common
  }: Common & {
    readonly windows: SessionWindows;
    readonly merge: (key: unknown, one: unknown, other: unknown) => unknown;
  },
): Node {
  const onClose = kept.emit === 'onWindowClose';
  return graph.add({ ...common, kind: 'sessionAggregate', onClose, closeOnIdleMs: idleOf(kept) });
}

/** @throws StreamsError `INVALID_TOPOLOGY` for what is no time, and where nothing waits for windows to close */
function idleOf({ store, emit, closeOnIdleMs }: WindowMaterialized): number | undefined {
  if (closeOnIdleMs !== undefined && emit !== 'onWindowClose') {
    throw new StreamsError(
      'INVALID_TOPOLOGY',
      `${store}: closeOnIdleMs is for windows that go on when they close: say emit: 'onWindowClose'`,
    );
  }
  return requireIdle(store, closeOnIdleMs);
}

/** @throws StreamsError `INVALID_TOPOLOGY` for what is no time */
export function requireIdle(store: string, closeOnIdleMs: number | undefined): number | undefined {
  return closeOnIdleMs === undefined ? undefined : positive(`${store}: closeOnIdleMs`, closeOnIdleMs);
}
