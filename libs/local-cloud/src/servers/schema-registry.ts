import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { LocalCloudError } from '../errors.js';
import { installApicurio } from '../install/maven.js';
import { askHttp } from './ask-http.js';
import { startServer, type LocalServer, type LocalServerOptions, type ServerPlace } from './local-server.js';
import type { ProcessSpec } from './managed-process.js';

/** Where Apicurio answers as Confluent's Schema Registry would. */
const PATH = '/apis/ccompat/v7';

/**
 * A real schema registry (Apicurio) whose `url` speaks the protocol of Confluent's. It keeps everything in memory:
 * after a `restart` or `kill` its schemas are gone.
 *
 * @throws LocalCloudError as `ManagedProcess.start` and `installOnce`.
 */
export async function startSchemaRegistry(options: LocalServerOptions = {}): Promise<LocalServer> {
  return startServer('schema-registry', options, prepareSchemaRegistry, (port) => `${origin(port)}${PATH}`);
}

/** Installs the registry when needed and says how to run it. */
export async function prepareSchemaRegistry(place: ServerPlace): Promise<ProcessSpec> {
  const dir = await installApicurio();
  const jar = readdirSync(dir).find((file) => file.endsWith('-runner.jar'));
  if (jar === undefined) {
    throw new LocalCloudError('MESH_LOCAL_INSTALL_FAILED', `${dir} holds no runner: remove it and try again`);
  }
  return {
    name: 'schema-registry',
    command: 'java',
    args: [
      '-Xmx192m',
      '-XX:+UseSerialGC',
      '-XX:+ExitOnOutOfMemoryError',
      '-Dquarkus.http.host=127.0.0.1',
      `-Dquarkus.http.port=${String(place.port)}`,
      // As Confluent's does; the default is to accept anything.
      '-Dregistry.rules.global.compatibility=BACKWARD',
      ...['-jar', join(dir, jar)],
    ],
    cwd: place.dataDir,
    logFile: place.logFile,
    probe: async () => {
      const answer = await askHttp(`${origin(place.port)}${PATH}/subjects`);
      return 'missing' in answer ? answer.missing : true;
    },
  };
}

function origin(port: number): string {
  return `http://127.0.0.1:${String(port)}`;
}
