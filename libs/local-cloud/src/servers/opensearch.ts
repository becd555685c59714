import { createHash } from 'node:crypto';
import { join } from 'node:path';

import { LocalCloudError } from '../errors.js';
import { installOpenSearch } from '../install/maven.js';
import { packageDir } from '../install/paths.js';
import { askHttp } from './ask-http.js';
import { startServer, type LocalServer, type LocalServerOptions, type ServerPlace } from './local-server.js';
import type { ProcessSpec } from './managed-process.js';

export interface OpenSearchOptions extends LocalServerOptions {
  /** 256 to 512 are enough for the mesh; default 384. */
  readonly heapMb?: number;
}

/**
 * Real OpenSearch, one node that also runs ingest pipelines.
 *
 * @throws LocalCloudError as `ManagedProcess.start` and `installOnce`.
 */
export async function startOpenSearch(options: OpenSearchOptions = {}): Promise<LocalServer> {
  return startServer('opensearch', options, (place) => prepareOpenSearch(place, options.heapMb));
}

/** Installs OpenSearch when needed and says how to run it. */
export async function prepareOpenSearch(place: ServerPlace, heapMb = 384): Promise<ProcessSpec> {
  const classPath = join(await installOpenSearch(), '*');
  // Tells this server from another that may have taken the port meanwhile.
  const clusterName = `mesh-${createHash('sha256').update(place.dataDir).digest('hex').slice(0, 12)}`;
  return {
    name: 'opensearch',
    command: 'java',
    args: [
      '-Xms128m',
      `-Xmx${String(heapMb)}m`,
      // The collector with the least memory of its own.
      '-XX:+UseSerialGC',
      '-XX:+ExitOnOutOfMemoryError',
      ...['-cp', classPath],
      ...['org.codehaus.janino.SimpleCompiler', join(packageDir, 'java', 'opensearch', 'Main.java'), 'Main'],
      ...[place.dataDir, String(place.port), clusterName],
    ],
    logFile: place.logFile,
    readyTimeoutMs: 240_000,
    probe: () => isHealthy(place.port, clusterName),
  };
}

async function isHealthy(port: number, clusterName: string): Promise<true | string> {
  const answer = await askHttp(`http://127.0.0.1:${String(port)}/_cluster/health`);
  if ('missing' in answer) return answer.missing;
  const health = JSON.parse(answer.text) as { cluster_name?: string; status?: string };
  if (health.cluster_name !== clusterName) {
    throw new LocalCloudError(
      'MESH_LOCAL_PORT_TAKEN',
      `port ${String(port)} of 127.0.0.1 belongs to another OpenSearch (${String(health.cluster_name)})`,
    );
  }
  return health.status === 'red' ? 'the cluster is red: not every primary shard is there' : true;
}
