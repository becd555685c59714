import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { installPostgres } from '../../install/postgres.js';
import { runCommand } from '../../install/run-command.js';
import type { ServerPlace } from '../local-server.js';
import type { ProcessSpec } from '../managed-process.js';
import { askPostgres } from './probe.js';
import { unprivileged } from './run-as.js';

/** The address of the database that is there from the start. */
export function postgresUrl(port: number): string {
  return `postgres://postgres@127.0.0.1:${String(port)}/postgres`;
}

/** Installs Postgres and makes an empty cluster in the folder when needed, and says how to run it. */
export async function preparePostgres(place: ServerPlace): Promise<ProcessSpec> {
  const installed = await installPostgres();
  const home = join(place.dataDir, 'postgres');
  mkdirSync(home, { recursive: true });
  const account = unprivileged(home, installed);
  const { user, prefix } = account;
  const cluster = join(home, 'cluster');
  if (!existsSync(cluster)) await makeCluster(installed, home, cluster, account);
  const [command = '', ...args] = [
    ...prefix,
    join(installed, 'bin', 'postgres'),
    ...['-D', cluster, '-p', String(place.port), '-h', '127.0.0.1'],
    ...settings({
      // No socket file: only the port is shared out.
      unix_socket_directories: '',
      shared_buffers: '32MB',
      max_connections: '60',
      timezone: 'UTC',
      log_min_messages: 'warning',
    }),
  ];
  return {
    name: 'postgres',
    command,
    args,
    ...(user === undefined ? {} : { user }),
    logFile: place.logFile,
    // "Fast": ends the sessions instead of waiting for their ends.
    stopSignal: 'SIGINT',
    probe: () => askPostgres(place.port),
  };
}

/** Under another name first, so that an interrupted start leaves no half of a cluster. */
async function makeCluster(
  installed: string,
  home: string,
  cluster: string,
  { user, prefix }: ReturnType<typeof unprivileged>,
): Promise<void> {
  const partial = join(home, 'cluster.partial');
  rmSync(partial, { recursive: true, force: true });
  const [command = '', ...args] = [
    ...prefix,
    join(installed, 'bin', 'initdb'),
    ...['-D', partial, '--username=postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'],
  ];
  await runCommand(command, args, { cwd: home, ...(user === undefined ? {} : { user }) });
  renameSync(partial, cluster);
}

function settings(values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
