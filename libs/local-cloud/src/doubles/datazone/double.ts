import type { DoubleOptions, ServiceDouble } from '../framework/types.js';
import { subscriptionRequestOperations } from './access/subscription-requests.js';
import { subscriptionOperations } from './access/subscriptions.js';
import { assetOperations } from './assets/assets.js';
import { listingOperations } from './assets/listings.js';
import { searchOperations } from './assets/search.js';
import { typeOperations } from './assets/types.js';
import { errorTypes, type ErrorType } from './entities.js';
import { blueprintOperations } from './governance/blueprints.js';
import { domainOperations } from './governance/domains.js';
import { environmentProfileOperations } from './governance/environment-profiles.js';
import { environmentOperations } from './governance/environments.js';
import { projectOperations } from './governance/projects.js';
import { dataSourceOperations } from './ingestion/data-sources.js';
import { runOperations } from './ingestion/run-operations.js';
import { Runs } from './ingestion/runs.js';
import { lineageOperations } from './lineage.js';
import type { FailingKind, Plane } from './plane.js';
import { defaultSettings, type DataZoneSettings } from './settings.js';
import { DataZoneState } from './state.js';

/**
 * Amazon DataZone as far as a mesh uses it: domains, projects, blueprints, environments, data sources of the Glue Data
 * Catalog (moto's) with their runs, custom types, assets with revisions, listings, subscriptions and lineage events.
 * Not there: glossaries, data products, metadata generation, memberships and policies, and what a subscription grants.
 *
 * Admin of `datazone`: `transition` ({ ms }: how long a resource is being created), `search-lag` ({ ms }: how far search
 * is behind), `fail` ({ kind, errorType?, message?, count? }: the next environments, data sources or runs fail).
 */
export function datazoneDouble(
  options: DoubleOptions,
  settings: Partial<DataZoneSettings> = {},
): ServiceDouble {
  const all = { ...defaultSettings, ...settings };
  const plane: Plane = {
    options,
    settings: all,
    state: new DataZoneState(options.journals),
    transitionMs: all.transitionMs,
    failures: [],
  };
  const runs = new Runs(plane);
  let searchLagMs = 0;
  return {
    service: 'datazone',
    operations: {
      ...domainOperations(plane),
      ...projectOperations(plane),
      ...blueprintOperations(plane),
      ...environmentProfileOperations(plane),
      ...environmentOperations(plane),
      ...dataSourceOperations(plane),
      ...runOperations(plane, runs),
      ...typeOperations(plane),
      ...assetOperations(plane),
      ...listingOperations(plane),
      ...searchOperations(plane, () => searchLagMs),
      ...subscriptionRequestOperations(plane),
      ...subscriptionOperations(plane),
      ...lineageOperations(plane),
    },
    admin: {
      transition: (body) => ({ ms: (plane.transitionMs = milliseconds(body)) }),
      'search-lag': (body) => ({ ms: (searchLagMs = milliseconds(body)) }),
      fail: (body) => {
        plane.failures.push(...failures(body));
        return { pending: plane.failures.length };
      },
    },
    close: () => runs.close(),
  };
}

function milliseconds(body: unknown): number {
  const ms = (body as { ms?: unknown } | null)?.ms;
  if (typeof ms !== 'number' || !(ms >= 0)) throw new TypeError('ms must be a number of milliseconds');
  return ms;
}

const failingKinds: readonly FailingKind[] = ['environment', 'data-source', 'run'];

function failures(body: unknown): Plane['failures'] {
  const asked = body as { kind?: FailingKind; errorType?: ErrorType; message?: string; count?: number };
  const { kind, errorType = 'INTERNAL_SERVER_EXCEPTION', message = 'injected', count = 1 } = asked;
  if (kind === undefined || !failingKinds.includes(kind))
    throw new TypeError(`kind must be one of ${failingKinds.join(', ')}`);
  if (!errorTypes.includes(errorType))
    throw new TypeError(`errorType must be one of ${errorTypes.join(', ')}`);
  return Array.from({ length: count }, () => ({
    of: kind,
    failure: { errorType, errorDetail: message },
  }));
}
