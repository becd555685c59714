import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import {
  postgresUrl,
  prepareKafka,
  prepareMoto,
  prepareOpenSearch,
  preparePostgres,
} from '@mesh/local-cloud';

import { askHealth } from './health.js';
import { logFileOf, workspaceRoot } from './paths.js';
import type { Part, Supervisor } from './supervisor.js';

export const serverNames = ['kafka', 'openSearch', 'moto', 'postgres', 'doubles'] as const;
export type ServerName = (typeof serverNames)[number];

/** The servers' parts by name; the doubles come later, as they need the others' addresses. */
export async function serverParts(
  supervisor: Supervisor,
  data: string,
): Promise<Record<Exclude<ServerName, 'doubles'>, Part>> {
  const kafka = await place(supervisor, data, 'kafka');
  const openSearch = await place(supervisor, data, 'openSearch');
  const moto = await place(supervisor, data, 'moto');
  const postgres = await place(supervisor, data, 'postgres');
  // The first time this installs them, side by side.
  const [kafkaSpec, openSearchSpec, motoSpec, postgresSpec] = await Promise.all([
    prepareKafka(kafka),
    prepareOpenSearch(openSearch),
    prepareMoto(moto),
    preparePostgres(postgres),
  ]);
  return {
    kafka: {
      name: 'kafka',
      tier: 'server',
      url: `127.0.0.1:${String(kafka.port)}`,
      health: `kafka:${String(kafka.port)}`,
      spec: kafkaSpec,
    },
    openSearch: {
      name: 'openSearch',
      tier: 'server',
      url: urlOf(openSearch),
      health: `${urlOf(openSearch)}/_cluster/health`,
      spec: openSearchSpec,
    },
    moto: {
      name: 'moto',
      tier: 'server',
      url: urlOf(moto),
      health: `${urlOf(moto)}/moto-api/`,
      spec: motoSpec,
    },
    postgres: {
      name: 'postgres',
      tier: 'server',
      url: postgresUrl(postgres.port),
      health: `postgres:${String(postgres.port)}`,
      spec: postgresSpec,
    },
  };
}

/** The AWS doubles, a process of libs/local-cloud. */
export async function doublesPart(
  supervisor: Supervisor,
  data: string,
  servers: { motoUrl: string; openSearchUrl: string },
): Promise<Part> {
  const { port, dataDir, logFile } = await place(supervisor, data, 'doubles');
  const url = `http://127.0.0.1:${String(port)}`;
  const health = `${url}/_double/health`;
  return {
    name: 'doubles',
    tier: 'server',
    url,
    health,
    spec: {
      name: 'doubles',
      command: process.execPath,
      args: [
        '--enable-source-maps',
        '--max-old-space-size=512',
        join(workspaceRoot, 'libs/local-cloud/dist/doubles/main.js'),
      ],
      env: {
        DOUBLES_PORT: String(port),
        DOUBLES_STATE_DIR: dataDir,
        MOTO_URL: servers.motoUrl,
        OPENSEARCH_URL: servers.openSearchUrl,
      },
      cwd: workspaceRoot,
      logFile,
      probe: () => askHealth(health),
    },
  };
}

async function place(supervisor: Supervisor, data: string, name: ServerName) {
  const port = await supervisor.portFor(name);
  const folder = join(data, name);
  mkdirSync(folder, { recursive: true });
  return { port, dataDir: folder, logFile: logFileOf(supervisor.dir, name) };
}

function urlOf({ port }: { port: number }): string {
  return `http://127.0.0.1:${String(port)}`;
}
