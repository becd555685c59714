import type { Call, DoubleOptions, Operation, ServiceDouble } from '../framework/types.js';
import { campaignOperations } from './control/campaigns.js';
import type { ControlPlane } from './control/control-plane.js';
import { dataOperations } from './control/data-operations.js';
import { filterOperations } from './control/filters.js';
import { ImportJobs } from './control/import-jobs.js';
import { Resources } from './control/resources.js';
import { solutionOperations } from './control/solutions.js';
import { Trainings } from './control/trainings.js';
import { DataStore } from './data/data-store.js';
import type { Properties } from './data/group-data.js';
import { eventOperations } from './events.js';
import { runtimeOperations } from './runtime.js';
import { defaultSettings, type PersonalizeSettings } from './settings.js';

export type { PersonalizeSettings } from './settings.js';

/**
 * Amazon Personalize as three services over one state: the control plane, events and the runtime.
 *
 * Admin of `personalize-events`: `counts` (totals: distinct event ids, events with an effect, duplicate puts, imported
 * rows, users, items, users with interactions, successful calls by operation), `event-ids`
 * ({ after?, limit? } → { ids, next? }: the distinct ids, page by page) and `records` ({ kind: 'user' | 'item' } →
 * { records }: what is stored of each id, by column).
 */
export function personalizeDoubles(
  options: DoubleOptions,
  settings: Partial<PersonalizeSettings> = {},
): ServiceDouble[] {
  const all = { ...defaultSettings, ...settings };
  const plane: ControlPlane = {
    options,
    settings: all,
    resources: new Resources(options.journals, all.transitionMs),
    data: new DataStore(options.journals, all.rememberedEventIds),
  };
  const importJobs = new ImportJobs(plane);
  const trainings = new Trainings(plane);
  const calls: Record<string, number> = {};
  return [
    {
      service: 'personalize',
      operations: {
        ...dataOperations(plane, importJobs),
        ...solutionOperations(plane, trainings),
        ...campaignOperations(plane),
        ...filterOperations(plane),
      },
      close: async () => {
        await Promise.all([importJobs.close(), trainings.close()]);
      },
    },
    {
      service: 'personalize-events',
      operations: counted(eventOperations(plane), calls),
      admin: {
        counts: () => ({ ...totals(plane.data), calls }),
        'event-ids': (body) => eventIds(plane.data, body ?? {}),
        records: (body) => records(plane.data, (body as { kind?: unknown } | undefined)?.kind),
      },
    },
    { service: 'personalize-runtime', operations: counted(runtimeOperations(plane), calls) },
  ];
}

function counted(
  operations: Readonly<Record<string, Operation>>,
  calls: Record<string, number>,
): Record<string, Operation> {
  return Object.fromEntries(
    Object.entries(operations).map(([name, operation]): [string, Operation] => [
      name,
      async (input: object, call: Call) => {
        const output = await operation(input, call);
        calls[name] = (calls[name] ?? 0) + 1;
        return output;
      },
    ]),
  );
}

function totals(data: DataStore): Record<string, number> {
  const totals: Record<string, number> = {
    ...{ distinctEventIds: 0, events: 0, duplicates: 0, imported: 0 },
    ...{ users: 0, items: 0, interactionUsers: 0 },
  };
  for (const group of data.groups) {
    for (const [name, count] of Object.entries<number>({ ...group.counts }))
      totals[name] = (totals[name] ?? 0) + count;
  }
  return totals;
}

function eventIds(data: DataStore, { after = 0, limit = 100_000 }: { after?: number; limit?: number }) {
  const ids: string[] = [];
  let at = 0;
  for (const group of data.groups) {
    for (const id of group.eventIds()) {
      if (at++ < after) continue;
      if (ids.length === limit) return { ids, next: at - 1 };
      ids.push(id);
    }
  }
  return { ids };
}

function records(data: DataStore, kind: unknown): { records: Record<string, Properties> } {
  if (kind !== 'user' && kind !== 'item') throw new Error(`kind must be user or item, not ${String(kind)}`);
  return { records: Object.fromEntries([...data.groups].flatMap((group) => [...group.records(kind)])) };
}
