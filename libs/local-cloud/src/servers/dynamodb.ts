import { RUN_SOURCES } from '@mesh/jest/sources.mjs';
import { fileURLToPath } from 'node:url';

import { botocoreDataDir } from '../install/python.js';
import { askHttp } from './ask-http.js';
import { startServer, type LocalServer, type LocalServerOptions, type ServerPlace } from './local-server.js';
import type { ProcessSpec } from './managed-process.js';

/**
 * The DynamoDB double in a process of its own, for what is to be killed and stopped apart from the other doubles.
 * What it answered 200 survives `kill` and `restart`.
 *
 * @throws LocalCloudError as `ManagedProcess.start` and `installOnce`.
 */
export async function startDynamoDb(options: LocalServerOptions = {}): Promise<LocalServer> {
  return startServer('dynamodb', options, prepareDynamoDb);
}

/** Installs the service models when needed and says how to run it. */
export async function prepareDynamoDb(place: ServerPlace): Promise<ProcessSpec> {
  await botocoreDataDir();
  const port = String(place.port);
  return {
    name: 'dynamodb',
    command: process.execPath,
    args: doublesProgram(),
    env: { DOUBLES_PORT: port, DOUBLES_STATE_DIR: place.dataDir, DOUBLES_SERVICES: 'dynamodb' },
    logFile: place.logFile,
    probe: async () => {
      const answer = await askHttp(`http://127.0.0.1:${port}/_double/health`);
      return 'missing' in answer ? answer.missing : true;
    },
  };
}

/** Node's arguments: the program built beside this file, or its source where this file is one. */
function doublesProgram(): string[] {
  const extension = import.meta.url.slice(-3);
  const program = fileURLToPath(new URL(`../doubles/main${extension}`, import.meta.url));
  if (extension === '.js') return ['--enable-source-maps', program];
  return [...RUN_SOURCES, program];
}
