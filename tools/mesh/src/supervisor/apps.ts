import { join } from 'node:path';

import { buckets } from '../provision/storage.js';
import { tables } from '../provision/tables.js';
import { workspaceRoot } from './paths.js';
import type { Part } from './supervisor.js';
import { askHealth } from './health.js';

export interface AppRow {
  /** Folder under apps/. */
  readonly name: string;
  /** V8's old space; the process takes some 60 MB more. */
  readonly heapMb: number;
  /** Besides what all apps get. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The applications of the mesh; `up` starts each, in no order, after provisioning. */
export const apps: readonly AppRow[] = [
  { name: 'users', heapMb: 192 },
  { name: 'songs', heapMb: 192, env: { DYNAMODB_TABLE: tables.songs } },
  { name: 'podcasts', heapMb: 192, env: { DYNAMODB_TABLE: tables.podcasts } },
  { name: 'interactions', heapMb: 192 },
  { name: 'users-update', heapMb: 192 },
  { name: 'items-update', heapMb: 192 },
  { name: 'interactions-update', heapMb: 192 },
  { name: 'interactions-ingestor', heapMb: 192 },
  {
    name: 'interactions-landing',
    heapMb: 192,
    // A minute, its default, makes larger objects than anybody wants to wait for here.
    env: { LANDING_BUCKET: buckets.interactionsLanding, LANDING_LINGER_MS: '2000' },
  },
  { name: 'trends', heapMb: 192 },
  { name: 'recommendations', heapMb: 192 },
  { name: 'catalog-sync', heapMb: 192 },
];

/** How to run an app on a port with the mesh's environment. */
export function appPart(
  app: AppRow,
  port: number,
  logFile: string,
  environment: Readonly<Record<string, string>>,
): Part {
  const url = `http://127.0.0.1:${String(port)}`;
  const health = `${url}/ready`;
  return {
    name: app.name,
    tier: 'app',
    url,
    health,
    spec: {
      name: app.name,
      command: process.execPath,
      args: [
        '--enable-source-maps',
        `--max-old-space-size=${String(app.heapMb)}`,
        '--max-semi-space-size=16',
        join(workspaceRoot, 'apps', app.name, 'dist', 'main.js'),
      ],
      env: {
        ...environment,
        ...app.env,
        HTTP_HOST: '127.0.0.1',
        HTTP_PORT: String(port),
        APPLICATION_SERVER: `127.0.0.1:${String(port)}`,
      },
      cwd: workspaceRoot,
      logFile,
      probe: () => askHealth(health),
      readyTimeoutMs: 90_000,
    },
  };
}
