import { startServer, type LocalServer, type LocalServerOptions } from '../local-server.js';
import { postgresUrl, preparePostgres } from './server-spec.js';

/**
 * Real Postgres, an empty cluster with the database `postgres`, whose superuser needs no password. Data is kept over
 * `kill` and `restart`. `url` is what `DATABASE_URL` takes.
 *
 * @throws LocalCloudError as `ManagedProcess.start` and `installOnce`.
 */
export async function startPostgres(options: LocalServerOptions = {}): Promise<LocalServer> {
  return startServer('postgres', options, preparePostgres, postgresUrl);
}
