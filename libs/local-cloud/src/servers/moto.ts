import { installMoto } from '../install/python.js';
import { askHttp } from './ask-http.js';
import { startServer, type LocalServer, type LocalServerOptions, type ServerPlace } from './local-server.js';
import type { ProcessSpec } from './managed-process.js';

/**
 * moto's server: S3, DynamoDB, IAM, STS, Glue's Data Catalog and more. It keeps everything in memory: after a
 * `restart` or `kill` its buckets and tables are gone.
 *
 * @throws LocalCloudError as `ManagedProcess.start` and `installOnce`.
 */
export async function startMoto(options: LocalServerOptions = {}): Promise<LocalServer> {
  return startServer('moto', options, prepareMoto);
}

/** Installs moto when needed and says how to run it. */
export async function prepareMoto(place: ServerPlace): Promise<ProcessSpec> {
  const { python } = await installMoto();
  const port = String(place.port);
  return {
    name: 'moto',
    command: python,
    args: ['-m', 'moto.server', '-H', '127.0.0.1', '-p', port],
    env: { PYTHONUNBUFFERED: '1' },
    cwd: place.dataDir,
    logFile: place.logFile,
    probe: async () => {
      const answer = await askHttp(`http://127.0.0.1:${port}/moto-api/`);
      return 'missing' in answer ? answer.missing : true;
    },
  };
}
