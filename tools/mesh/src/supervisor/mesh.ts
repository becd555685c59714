import { rmSync } from 'node:fs';

import { lastLines, type ManagedProcess } from '@mesh/local-cloud';

import { provision } from '../provision/index.js';
import { appPart, apps } from './apps.js';
import { appEnvironment, localAccount, type Endpoints } from './environment.js';
import { MeshError } from './errors.js';
import { InterruptGuard } from './interrupt.js';
import { dataDir, logFileOf, runDir } from './paths.js';
import { doublesPart, serverParts, type ServerName } from './servers.js';
import { Supervisor, type Crash, type Part } from './supervisor.js';

export interface MeshOptions {
  /** A line for each step. */
  readonly onProgress: (line: string) => void;
  /** Given to every app, over what the mesh itself sets. */
  readonly env?: Readonly<Record<string, string>>;
  /** Which data the servers work on, a folder of MESH_HOME/data; default `up`. */
  readonly data?: string;
  /** Delete that data first. */
  readonly fresh?: boolean;
  /** Take over what `up` left running and start only what is missing; default false: refuse. */
  readonly adopt?: boolean;
}

/** One server or app of a running mesh. */
export interface MeshPart {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  readonly running: boolean;
  /** kill -9. */
  kill(): Promise<void>;
  /** Stops what still runs; resolves when it is ready again, on the same address. */
  restart(): Promise<void>;
}

export interface Mesh {
  readonly endpoints: Endpoints;
  readonly servers: Readonly<Record<ServerName, MeshPart>>;
  readonly apps: Readonly<Record<string, MeshPart>>;
  /** What provisioning found or made. */
  readonly environment: Readonly<Record<string, string>>;
  /** Parts that ended without being asked to, since the start. */
  readonly crashes: readonly Crash[];
  /** @throws MeshError `MESH_UNKNOWN_PART` */
  appUrl(name: string): string;
  /** Each app, and the broker: what chaos kills. */
  victims(): readonly MeshPart[];
  restartServer(name: ServerName): Promise<void>;
  /** Stops everything, apps before servers. */
  stop(): Promise<void>;
  /** Leaves everything running when this process ends. */
  handOver(): void;
  /** Resolves after Ctrl-C or SIGTERM, when everything is stopped; without it the process just ends then. */
  untilInterrupted(): Promise<NodeJS.Signals>;
}

/**
 * Starts the servers, provisions, starts the apps; returns when all are ready. From its call until `stop` or
 * `handOver`, Ctrl-C and SIGTERM stop everything, and the end of this process for any reason ends everything.
 *
 * @throws MeshError `MESH_START_FAILED` (all is stopped then), `MESH_BUSY`, `MESH_RUNNING`.
 */
export async function startMesh(options: MeshOptions): Promise<Mesh> {
  const log = options.onProgress;
  const crashes: Crash[] = [];
  const supervisor = await Supervisor.claim(runDir(), {
    adopt: options.adopt ?? false,
    log,
    onCrash: (crash) => {
      crashes.push(crash);
      reportCrash(crash, log);
    },
  });
  const interrupt = new InterruptGuard({
    stop: () => supervisor.stop(),
    kill: () => {
      supervisor.kill();
    },
    log,
  });
  try {
    return await bringUp(supervisor, interrupt, crashes, options);
  } catch (error) {
    // What is being stopped fails to start: not worth a message.
    if (interrupt.interrupted) return await new Promise<never>(() => undefined);
    await supervisor.stop();
    interrupt.dispose();
    throw new MeshError('MESH_START_FAILED', error instanceof Error ? error.message : String(error), {
      cause: error,
    });
  }
}

async function bringUp(
  supervisor: Supervisor,
  interrupt: InterruptGuard,
  crashes: readonly Crash[],
  options: MeshOptions,
): Promise<Mesh> {
  const log = options.onProgress;
  const data = dataDir(options.data ?? 'up');
  if (options.fresh === true) rmSync(data, { recursive: true, force: true });

  const parts = await serverParts(supervisor, data);
  const [kafka, openSearch, moto, postgres] = await Promise.all([
    ensure(supervisor, parts.kafka, log),
    ensure(supervisor, parts.openSearch, log),
    ensure(supervisor, parts.moto, log),
    ensure(supervisor, parts.postgres, log),
  ]);
  const addresses = { motoUrl: moto.part.url, openSearchUrl: openSearch.part.url };
  const doubles = await ensure(supervisor, await doublesPart(supervisor, data, addresses), log);
  const servers = {
    kafka: kafka.part,
    openSearch: openSearch.part,
    moto: moto.part,
    postgres: postgres.part,
    doubles: doubles.part,
  };
  const endpoints: Endpoints = {
    kafka: servers.kafka.url,
    aws: servers.moto.url,
    doubles: servers.doubles.url,
    openSearch: servers.openSearch.url,
    postgres: servers.postgres.url,
  };

  log('provisioning');
  // Provisioning is a client of the local AWS too, with the same account as the apps.
  Object.assign(process.env, localAccount);
  const found = await provision(endpoints, log);
  const ports = new Map(
    await Promise.all(apps.map(async ({ name }) => [name, await supervisor.portFor(name)] as const)),
  );
  const environment = {
    ...appEnvironment(endpoints, data),
    ...found,
    TRENDS_URLS: `http://127.0.0.1:${String(ports.get('trends'))}`,
    ...options.env,
  };
  // An app that runs with other settings than it would get now is as good as none.
  const changed = !sameEntries(environment, supervisor.environment);
  supervisor.setEnvironment(environment);
  const started = await Promise.all(
    apps.map(async (app) => {
      const part = appPart(app, ports.get(app.name) ?? 0, logFileOf(supervisor.dir, app.name), environment);
      return ensure(supervisor, part, log, changed);
    }),
  );
  return meshOf({
    supervisor,
    interrupt,
    crashes,
    endpoints,
    servers,
    apps: Object.fromEntries(started.map(({ part }) => [part.name, part])),
    environment: found,
  });
}

/** Adopts a part that runs and is ready, else starts it. */
async function ensure(
  supervisor: Supervisor,
  part: Part,
  log: (line: string) => void,
  anew = false,
): Promise<{ part: MeshPart }> {
  const record = supervisor.runningRecord(part.name);
  if (record !== undefined) {
    const managed = supervisor.adopt(part, record);
    if (!anew && (await part.spec.probe()) === true) {
      log(`${part.name.padEnd(22)} runs already       ${part.url}`);
      return { part: meshPart(part, managed) };
    }
    await managed.stop();
  }
  const from = performance.now();
  const managed = await supervisor.start(part);
  log(`${part.name.padEnd(22)} ready after ${seconds(from)}  ${part.url}`);
  return { part: meshPart(part, managed) };
}

function seconds(from: number): string {
  return `${((performance.now() - from) / 1000).toFixed(1)} s`.padStart(6);
}

function meshPart(part: Part, managed: ManagedProcess): MeshPart {
  return {
    name: part.name,
    url: part.url,
    get pid() {
      return managed.pid;
    },
    get running() {
      return managed.running;
    },
    kill: () => managed.kill(),
    restart: () => managed.restart(),
  };
}

function meshOf(
  given: Pick<Mesh, 'endpoints' | 'servers' | 'apps' | 'environment' | 'crashes'> & {
    supervisor: Supervisor;
    interrupt: InterruptGuard;
  },
): Mesh {
  const { supervisor, interrupt, ...shown } = given;
  return {
    ...shown,
    appUrl(name) {
      const app = shown.apps[name];
      if (app !== undefined) return app.url;
      const known = Object.keys(shown.apps).join(', ');
      throw new MeshError('MESH_UNKNOWN_PART', `there is no app ${name}: there are ${known}`);
    },
    victims: () => [...Object.values(shown.apps), shown.servers.kafka],
    restartServer: (name) => shown.servers[name].restart(),
    async stop() {
      await supervisor.stop();
      interrupt.dispose();
    },
    handOver() {
      supervisor.handOver();
      interrupt.dispose();
    },
    untilInterrupted: () => interrupt.wait(),
  };
}

function reportCrash({ name, how, logFile }: Crash, log: (line: string) => void): void {
  log(`${name} ended by itself (${how}). The end of ${logFile}:`);
  for (const line of lastLines(logFile, 15)) log(`  ${line}`);
}

function sameEntries(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => a[key] === b[key]);
}
