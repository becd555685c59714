import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { LocalCloudError } from '../errors.js';
import { installOpenSearch } from '../install/maven.js';
import { askHttp } from './ask-http.js';
import { startServer, type LocalServer, type LocalServerOptions, type ServerPlace } from './local-server.js';
import type { ProcessSpec } from './managed-process.js';

/**
 * The runner takes no HTTP port above 9299 from its command line. To raise that limit takes a Java program
 * around it, hence a compiler on machines that only have a Java runtime; 99 ports are enough.
 */
export const openSearchPorts = { lowest: 9201, highest: 9299 } as const;

export interface OpenSearchOptions extends LocalServerOptions {
  /** 256 to 512 are enough for the mesh; default 384. */
  readonly heapMb?: number;
}

/**
 * Real OpenSearch, one node. A `port` must be from 9201 to 9299.
 *
 * @throws LocalCloudError as `ManagedProcess.start` and `installOnce`.
 */
export async function startOpenSearch(options: OpenSearchOptions = {}): Promise<LocalServer> {
  const { port, heapMb } = options;
  if (port !== undefined && (port < openSearchPorts.lowest || port > openSearchPorts.highest)) {
    throw new LocalCloudError(
      'MESH_LOCAL_PORT_TAKEN',
      `OpenSearch can listen on 9201 to 9299, not on ${String(port)}`,
    );
  }
  return startServer('opensearch', options, (place) => prepareOpenSearch(place, heapMb), openSearchPorts);
}

/** Installs OpenSearch when needed, writes its configuration and says how to run it. */
export async function prepareOpenSearch(place: ServerPlace, heapMb = 384): Promise<ProcessSpec> {
  const classPath = join(await installOpenSearch(), '*');
  const config = join(place.dataDir, 'config');
  mkdirSync(config, { recursive: true });
  writeFileSync(join(config, 'opensearch.yml'), SETTINGS);
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
      '-cp',
      classPath,
      'org.codelibs.opensearch.runner.OpenSearchRunner',
      ...['-basePath', place.dataDir, '-confPath', config, '-clusterName', clusterName, '-numOfNode', '1'],
      // The runner adds the node's number, 1.
      ...['-baseHttpPort', String(place.port - 1)],
    ],
    logFile: place.logFile,
    readyTimeoutMs: 120_000,
    probe: () => isHealthy(place.port, clusterName),
  };
}

const SETTINGS = `network.host: 127.0.0.1
discovery.type: single-node
# A developer's disk is often fuller than the watermarks allow, which would make every index read-only.
cluster.routing.allocation.disk.threshold_enabled: false
`;

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
