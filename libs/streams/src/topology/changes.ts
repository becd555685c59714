import type {
  InternalTopicDescriptor,
  StoreDescriptor,
  SubTopologyDescriptor,
  TopologyDescriptor,
} from './descriptor.js';

/**
 * - `STORE_REMOVED`: its changelog, and the state on disk, are nobody's any more.
 * - `STORE_TYPE_CHANGED`, `STORE_KEY_CHANGED`, `STORE_VALUE_CHANGED`, `STORE_WINDOW_CHANGED`: what is in the changelog
 *   would be read as something else.
 * - `STORE_RETENTION_SHORTENED`: what is older is dropped.
 * - `REPARTITION_REMOVED`: records in it that are not processed are lost.
 * - `REPARTITION_KEY_CHANGED`, `REPARTITION_VALUE_CHANGED`: those records would be read as something else.
 * - `REPARTITION_PARTITIONS_CHANGED`: keys would meet the state of others; the topic that exists is refused.
 * - `TASKS_RENUMBERED`: a store's tasks have another id, so that old and new instances cannot run together, and what
 *   is on disk is restored from the changelog.
 * - `SOURCES_CHANGED`: a sub-topology with state reads other topics. State made of those before stays; a new one must
 *   have as many partitions.
 * - `STORE_ADDED`, `REPARTITION_ADDED`, `STORE_RETENTION_LENGTHENED`: nothing is lost; new state begins empty.
 */
export type TopologyChangeCode =
  | 'STORE_REMOVED'
  | 'STORE_TYPE_CHANGED'
  | 'STORE_KEY_CHANGED'
  | 'STORE_VALUE_CHANGED'
  | 'STORE_WINDOW_CHANGED'
  | 'STORE_RETENTION_SHORTENED'
  | 'REPARTITION_REMOVED'
  | 'REPARTITION_KEY_CHANGED'
  | 'REPARTITION_VALUE_CHANGED'
  | 'REPARTITION_PARTITIONS_CHANGED'
  | 'TASKS_RENUMBERED'
  | 'SOURCES_CHANGED'
  | 'STORE_ADDED'
  | 'REPARTITION_ADDED'
  | 'STORE_RETENTION_LENGTHENED';

export interface TopologyChange {
  readonly code: TopologyChangeCode;
  /** The store, the internal topic, or the first store of the tasks. */
  readonly name: string;
  /** Whether something is lost, or read wrongly, unless somebody sees to it. */
  readonly breaking: boolean;
  readonly detail: string;
}

const HARMLESS: ReadonlySet<TopologyChangeCode> = new Set<TopologyChangeCode>([
  'SOURCES_CHANGED',
  'STORE_ADDED',
  'REPARTITION_ADDED',
  'STORE_RETENTION_LENGTHENED',
]);

/** What becomes of the state and the internal topics of `before` where `after` is deployed over it. */
export function topologyChanges(
  before: TopologyDescriptor,
  after: TopologyDescriptor,
): readonly TopologyChange[] {
  return [
    ...storeChanges(before, after),
    ...repartitionChanges(before, after),
    ...taskChanges(before, after),
  ];
}

function storeChanges(before: TopologyDescriptor, after: TopologyDescriptor): TopologyChange[] {
  const old = new Map(
    before.subTopologies.flatMap(({ stores }) => stores.map((store) => [store.name, store])),
  );
  const now = new Map(
    after.subTopologies.flatMap(({ stores }) => stores.map((store) => [store.name, store])),
  );
  const added = [...now.values()].filter(({ name }) => !old.has(name));
  return [
    ...[...old.values()].flatMap((store) => {
      const same = now.get(store.name);
      return same === undefined ? [removedStore(store, added)] : alteredStore(store, same);
    }),
    ...added.map(({ name, type }) => change('STORE_ADDED', name, `a ${type} store, empty at first`)),
  ];
}

function removedStore(store: StoreDescriptor, added: readonly StoreDescriptor[]): TopologyChange {
  const renamed = added.find(
    ({ type, key, value, windowMs }) =>
      type === store.type && key === store.key && value === store.value && windowMs === store.windowMs,
  );
  const hint = renamed === undefined ? '' : `; if it is now called ${renamed.name}, keep the name instead`;
  return change(
    'STORE_REMOVED',
    store.name,
    `orphans <application id>-${store.name}-changelog and its state${hint}`,
  );
}

function alteredStore(old: StoreDescriptor, now: StoreDescriptor): TopologyChange[] {
  const found: TopologyChange[] = [];
  const { name } = old;
  const alter = (code: TopologyChangeCode, from: Setting, to: Setting): void => {
    found.push(change(code, name, `${shown(from)} before, ${shown(to)} now`));
  };
  if (old.type !== now.type) alter('STORE_TYPE_CHANGED', old.type, now.type);
  if (old.key !== now.key) alter('STORE_KEY_CHANGED', old.key, now.key);
  if (old.value !== now.value) alter('STORE_VALUE_CHANGED', old.value, now.value);
  if (old.windowMs !== now.windowMs) alter('STORE_WINDOW_CHANGED', ms(old.windowMs), ms(now.windowMs));
  const before = old.retentionMs ?? Number.POSITIVE_INFINITY;
  const after = now.retentionMs ?? Number.POSITIVE_INFINITY;
  if (after < before) alter('STORE_RETENTION_SHORTENED', ms(old.retentionMs), ms(now.retentionMs));
  if (after > before) alter('STORE_RETENTION_LENGTHENED', ms(old.retentionMs), ms(now.retentionMs));
  return found;
}

function repartitionChanges(before: TopologyDescriptor, after: TopologyDescriptor): TopologyChange[] {
  const old = internalTopics(before);
  const now = internalTopics(after);
  const removed = [...old.values()].filter(({ name }) => !now.has(name));
  const added = [...now.values()].filter(({ name }) => !old.has(name));
  return [
    ...removed.map(({ name }) =>
      change(
        'REPARTITION_REMOVED',
        name,
        `orphans <application id>-${name}, and what of it is not processed`,
      ),
    ),
    ...[...old.values()].flatMap((topic) => alteredTopic(topic, now.get(topic.name))),
    ...added.map(({ name }) => change('REPARTITION_ADDED', name, 'a new topic')),
  ];
}

function alteredTopic(
  old: InternalTopicDescriptor,
  now: InternalTopicDescriptor | undefined,
): TopologyChange[] {
  if (now === undefined) return [];
  const found: TopologyChange[] = [];
  const alter = (code: TopologyChangeCode, from: Setting, to: Setting): void => {
    found.push(change(code, old.name, `${shown(from)} before, ${shown(to)} now`));
  };
  if (old.key !== now.key) alter('REPARTITION_KEY_CHANGED', old.key, now.key);
  if (old.value !== now.value) alter('REPARTITION_VALUE_CHANGED', old.value, now.value);
  if (old.partitions !== now.partitions) {
    const wanted = (count: number | undefined): Setting => count ?? 'as many as its co-partitioned topics';
    alter('REPARTITION_PARTITIONS_CHANGED', wanted(old.partitions), wanted(now.partitions));
  }
  return found;
}

/** Of sub-topologies with state that are known again by a store. */
function taskChanges(before: TopologyDescriptor, after: TopologyDescriptor): TopologyChange[] {
  const ids = new Map(
    after.subTopologies.flatMap((sub) => sub.stores.map(({ name }) => [name, sub] as const)),
  );
  return before.subTopologies.flatMap((sub) => {
    const kept = sub.stores.find(({ name }) => ids.has(name));
    const now = kept === undefined ? undefined : ids.get(kept.name);
    if (kept === undefined || now === undefined) return [];
    return [...renumbered(kept.name, sub, now), ...otherSources(kept.name, sub, now)];
  });
}

function renumbered(
  name: string,
  { id }: SubTopologyDescriptor,
  now: SubTopologyDescriptor,
): TopologyChange[] {
  if (now.id === id) return [];
  return [
    change(
      'TASKS_RENUMBERED',
      name,
      `its tasks were ${id}_<partition> and are ${now.id}_<partition>: stop all instances before the new ones start`,
    ),
  ];
}

function otherSources(
  name: string,
  before: SubTopologyDescriptor,
  now: SubTopologyDescriptor,
): TopologyChange[] {
  if (before.sources.join() === now.sources.join()) return [];
  const detail = `reads ${now.sources.join(', ') || 'nothing'} from outside, and ${before.sources.join(', ') || 'nothing'} before`;
  return [change('SOURCES_CHANGED', name, detail)];
}

function internalTopics({ subTopologies }: TopologyDescriptor): ReadonlyMap<string, InternalTopicDescriptor> {
  return new Map(subTopologies.flatMap(({ repartition }) => repartition.map((topic) => [topic.name, topic])));
}

function change(code: TopologyChangeCode, name: string, detail: string): TopologyChange {
  return { code, name, breaking: !HARMLESS.has(code), detail };
}

/** What a store or topic is described by, as it is told to people. */
type Setting = string | number | undefined;

function ms(value: number | undefined): string | undefined {
  return value === undefined ? undefined : `${value} ms`;
}

function shown(value: Setting): string {
  return value === undefined ? 'unspecified' : String(value);
}
