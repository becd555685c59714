import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { installKafka, type KafkaVersion } from '../../install/maven.js';
import { runCommand } from '../../install/run-command.js';
import type { ServerPlace } from '../local-server.js';
import type { ProcessSpec } from '../managed-process.js';
import { freePort } from '../ports.js';
import { askCluster } from './probe.js';
import { serverProperties, type NodePlan } from './properties.js';

/** Any will do as long as all nodes have the same: 16 bytes in URL-safe Base64. */
const CLUSTER_ID = 'bXVzaWMtbWVzaC1sb2NhbA';

export interface BrokerOptions {
  readonly version?: KafkaVersion;
  readonly heapMb?: number;
  readonly properties?: Readonly<Record<string, string>>;
  /** As `SCRAM-SHA-256=[name=alice,password=secret]`. */
  readonly scramUsers?: readonly string[];
  readonly maxFileBytes?: number;
  readonly logFile: (node: NodePlan) => string;
}

/** Prepares the nodes' folders (formats them once) and says how to start each. Installs Kafka when needed. */
export async function brokerSpecs(
  nodes: readonly NodePlan[],
  options: BrokerOptions,
): Promise<ProcessSpec[]> {
  const classPath = join(await installKafka(options.version), '*');
  return Promise.all(
    nodes.map(async (node) => {
      const config = join(node.dataDir, '..', `server-${String(node.id)}.properties`);
      mkdirSync(node.dataDir, { recursive: true });
      writeFileSync(config, serverProperties(node, nodes, options.properties ?? {}));
      if (!existsSync(join(node.dataDir, 'meta.properties'))) {
        await format(classPath, config, options.scramUsers ?? []);
      }
      const args = [...jvmOptions(options.heapMb ?? 256), '-cp', classPath, 'kafka.Kafka', config];
      return {
        name: nodes.length === 1 ? 'kafka' : `kafka-${String(node.id)}`,
        ...(options.maxFileBytes === undefined
          ? { command: 'java', args }
          : limited(fileLimit(node), options.maxFileBytes, 'java', args)),
        logFile: options.logFile(node),
        probe: async () => isServing(node),
      };
    }),
  );
}

/** Where the largest size of a file stands that a node may write, to be read at each of its starts. */
function fileLimit(node: NodePlan): string {
  return join(node.dataDir, '..', `file-limit-${String(node.id)}`);
}

/**
 * A command whose writes fail beyond a size of file, as they do on a full disk, without the rights that making a small
 * disk takes. The shell is replaced by the command, so that it has the shell's pid.
 */
function limited(
  limitFile: string,
  maxBytes: number,
  command: string,
  args: readonly string[],
): Pick<ProcessSpec, 'command' | 'args'> {
  // POSIX: blocks of 512 bytes.
  writeFileSync(limitFile, String(Math.floor(maxBytes / 512)));
  return { command: 'sh', args: ['-c', `ulimit -f "$(cat "$0")" && exec "$@"`, limitFile, command, ...args] };
}

/** From its next start on a node may write files of any size. */
export function liftFileLimit(node: NodePlan): void {
  writeFileSync(fileLimit(node), 'unlimited');
}

/** A cluster of one for a supervisor: installs Kafka when needed, formats the folder and says how to run it. */
export async function prepareKafka(place: ServerPlace, heapMb?: number): Promise<ProcessSpec> {
  const node = {
    id: 1,
    port: place.port,
    controllerPort: await freePort(),
    dataDir: join(place.dataDir, 'data-1'),
    listeners: [],
  };
  mkdirSync(place.dataDir, { recursive: true });
  const [spec] = await brokerSpecs([node], {
    ...(heapMb === undefined ? {} : { heapMb }),
    logFile: () => place.logFile,
  });
  return spec as ProcessSpec;
}

/** Ready is a broker that serves clients and knows a controller; the others may still be on their way. */
async function isServing(node: NodePlan): Promise<true | string> {
  const view = await askCluster(node.port);
  if (typeof view === 'string') return view;
  if (view.brokers === 0) return 'the broker is not registered with its controller yet';
  return view.controllerId < 0 ? 'no controller is elected yet' : true;
}

async function format(classPath: string, config: string, scramUsers: readonly string[]): Promise<void> {
  await runCommand('java', [
    '-Xmx64m',
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    '-cp',
    classPath,
    'kafka.tools.StorageTool',
    'format',
    '--ignore-formatted',
    '-t',
    CLUSTER_ID,
    '-c',
    config,
    ...scramUsers.flatMap((user) => ['--add-scram', user]),
  ]);
}

function jvmOptions(heapMb: number): string[] {
  return [
    `-Xmx${String(heapMb)}m`,
    // The collector with the least memory of its own; on a heap this small its pauses are short.
    '-XX:+UseSerialGC',
    '-XX:+ExitOnOutOfMemoryError',
    '-Djava.awt.headless=true',
    '-Dorg.slf4j.simpleLogger.defaultLogLevel=info',
    '-Dorg.slf4j.simpleLogger.showDateTime=true',
    '-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS',
  ];
}
