import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ManagedProcess, type ProcessSpec } from './managed-process.js';
import { freePort, retryOnTakenPort } from './ports.js';

/** A server of one process on 127.0.0.1. */
export interface LocalServer {
  readonly url: string;
  /** Of the last start. */
  readonly pid: number;
  readonly running: boolean;
  readonly logFile: string;
  /** The orderly stop, then SIGKILL after 10 s; removes a temporary folder. */
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** On the same port and data. */
  restart(): Promise<void>;
}

export interface LocalServerOptions {
  /** Kept and used again by a later start; default: a temporary folder that `stop()` removes. */
  readonly dataDir?: string;
  /** Default: a free one. */
  readonly port?: number;
}

/** Where and how one server is to run. */
export interface ServerPlace {
  readonly dataDir: string;
  readonly port: number;
  readonly logFile: string;
}

/** Starts what `prepare` describes in a folder and on a port of its own. */
export async function startServer(
  name: string,
  options: LocalServerOptions,
  prepare: (place: ServerPlace) => Promise<ProcessSpec>,
  urlOf = (port: number): string => `http://127.0.0.1:${String(port)}`,
): Promise<LocalServer> {
  const temporary = options.dataDir === undefined;
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), `mesh-${name}-`));
  mkdirSync(dataDir, { recursive: true });
  return retryOnTakenPort(options.port !== undefined, async () => {
    const port = options.port ?? (await freePort());
    const server = new ManagedProcess(
      await prepare({ dataDir, port, logFile: join(dataDir, `${name}.log`) }),
    );
    await server.start();
    return {
      url: urlOf(port),
      get pid() {
        return server.pid;
      },
      get running() {
        return server.running;
      },
      logFile: server.spec.logFile,
      stop: async () => {
        await server.stop();
        if (temporary) rmSync(dataDir, { recursive: true, force: true });
      },
      kill: () => server.kill(),
      restart: () => server.restart(),
    };
  });
}
